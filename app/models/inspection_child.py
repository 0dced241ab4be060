"""The child process that reads the header of one GGUF file, or looks through one ONNX file.

Told its ``path`` and whether it is ``whole``, it answers with facts or a fault, and ends.
"""

import os
from pathlib import Path

from app.domain.errors import ModelFault
from app.models.adapters import ADAPTER, check_adapter
from app.models.embedder_gguf import encoder_facts, is_encoder
from app.models.gguf import Header, read_header
from app.models.onnx_file import check_onnx
from app.models.shape import shape_of
from app.models.weights import quantisation_of
from app.processes.parent_pipe import ParentPipe
from app.security.isolation import limit_resources

_MEMORY = 2 << 30  # bytes
_SECONDS = 60  # of processor time; the largest vocabularies take about one
_LONGEST = 500  # characters of a text that is passed on


def _facts(header: Header, name: str, whole: bool) -> dict[str, str]:
    if header.metadata.get("general.type") == ADAPTER:
        check_adapter(header, name)
    elif whole:
        shape_of(header)
    keys = {"name": "general.name", "licence": "general.license", "type": "general.type"}
    facts = {fact: str(header.metadata.get(key, ""))[:_LONGEST] for fact, key in keys.items()}
    causal = header.shape.get("attention.causal", True) is not False
    return {
        **facts,
        "architecture": header.architecture[:_LONGEST],
        "quantisation": quantisation_of(header),
        "causal": "yes" if causal else "",
        "part": str(header.metadata.get("split.no", 0))[:_LONGEST],
        "parts": str(header.parts),
        # Its template can switch thinking off.
        "thinks": "yes" if "enable_thinking" in str(header.metadata.get("tokenizer.chat_template", "")) else "",
    }


def look_into(path: Path, whole: bool) -> dict[str, str]:
    """Return what is told of a model file.

    Raises:
        ModelFault: it is not sound.
    """
    if path.suffix.lower() == ".onnx":
        check_onnx(path)
        return {}
    header = read_header(path)
    facts = _facts(header, path.name, whole)
    return facts | encoder_facts(path, header) if is_encoder(facts) else facts


def main() -> None:
    """Read, answer, end."""
    parent = ParentPipe()
    limit_resources(memory_bytes=_MEMORY, cpu_seconds=_SECONDS)
    parent.listen()
    question = parent.next()
    try:
        parent.send({"facts": look_into(Path(question["path"]), question["whole"])})
    except ModelFault as fault:
        parent.send({"fault": [fault.reason, fault.summary, fault.remedy, fault.detail[:_LONGEST]]})
    os._exit(0)


if __name__ == "__main__":
    main()
