"""Environment switches that stop the libraries we use from calling home.

They are read when a library is imported or makes its first session, some of them by C++ code. So they are set
before any other import, and in ``os.environ``, so that every child process has them too.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType

SWITCHES: Mapping[str, str] = MappingProxyType(
    {
        # onnxruntime >= 1.31 sends events to Microsoft about 25 seconds after the first session, from C++.
        "ORT_DISABLE_TELEMETRY": "1",
        # chromadb.config.Settings reads these, and a `.env` file in the current directory, which they overrule: such
        # a file of somebody else's project could make the index a client of a server on the network.
        "CHROMA_API_IMPL": "chromadb.api.rust.RustBindingsAPI",
        "ANONYMIZED_TELEMETRY": "False",
        "CHROMA_OTEL_GRANULARITY": "none",
        # OpenTelemetry comes with chromadb and would export to any collector named in the environment.
        "OTEL_SDK_DISABLED": "true",
        # huggingface_hub and its Rust client hf_xet (by way of tokenizers and chromadb): no request, no report.
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # transformers, sentence-transformers and datasets: the extra that loads model folders.
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        # The convention of donottrack.sh, which huggingface_hub and hf_xet follow.
        "DO_NOT_TRACK": "1",
    }
)


def apply() -> None:
    """Set every switch in this process and so in every child it starts, whatever was set before.

    Call it before anything but the standard library is imported.
    """
    os.environ.update(SWITCHES)


def child_environment() -> dict[str, str]:
    """Return the environment for a child process: this process's own, with every switch set.

    The same as plain inheritance after `apply`; it holds also where a child is started by code that runs without it.
    """
    return {**os.environ, **SWITCHES}
