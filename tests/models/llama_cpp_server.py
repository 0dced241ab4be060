"""The server of llama.cpp, the same that is in llama-server: xllamacpp has it ready, and this makes it a program."""

from argparse import ArgumentParser
from pathlib import Path
from threading import Event

import xllamacpp

from app.hardware.cpu import usable_threads


def main() -> None:
    """Serve one model on loopback until the process is ended."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--alias", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--embeddings", action="store_true")
    options = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {options.alias}
    params.hostnames, params.port = ["127.0.0.1"], options.port
    params.n_ctx, params.n_parallel = options.context, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = usable_threads()
    # Pages that two processes map count half for each, and other tests measure what this model takes.
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    if options.embeddings:
        params.embedding = True
        params.n_batch = params.n_ubatch = options.context
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    Event().wait()
    del server


if __name__ == "__main__":
    main()
