"""Looks into a model file in a child process first: one made to do harm meets a process that holds nothing."""

from pathlib import Path
from typing import Any

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.processes.child_process import ChildEnded, ChildProcess

_CHILD = "app.models.inspection_child"


def inspect_gguf(path: Path, whole: bool, cancel: CancelToken) -> dict[str, str]:
    """Read the header in a child process.

    Args:
        path: the file.
        whole: it is a model, or the first part of one, which says how the model is built.
        cancel: ends it.

    Returns:
        ``architecture``, ``name``, ``licence``, ``quantisation``, ``type``, ``causal`` and ``parts`` of the model, each
        empty where the file does not say, and the ``part`` that it is, the first being 0; of an encoder, also what
        `app.models.embedder_gguf.encoder_facts` returns.

    Raises:
        Cancelled: stop was asked for.
        ModelFault: the file is not sound; the reason is one of `app.models.gguf.read_header`, ``shape``, ``kind`` of an
            adapter that cannot be used, or ``crash`` where the child ended over it.
    """
    facts: dict[str, str] = _inspect(path, whole, cancel)
    return facts


def inspect_onnx(path: Path, cancel: CancelToken) -> None:
    """Look through the file in a child process.

    Raises:
        Cancelled: stop was asked for.
        ModelFault: the file is not sound; the reason is one of `app.models.onnx_file.check_onnx`, or ``crash`` where
            the child ended over it.
    """
    _inspect(path, True, cancel)


def _inspect(path: Path, whole: bool, cancel: CancelToken) -> Any:  # noqa: ANN401 - as the child answers
    child = ChildProcess(_CHILD, {"path": str(path.resolve()), "whole": whole})
    try:
        answer = child.greeting(cancel)
    except ChildEnded as error:
        raise ModelFault(
            "crash",
            f"The model file {path.name} cannot be read: looking into it failed.",
            "Do not use this file. Get another copy of the model.",
            str(error),
        ) from error
    finally:
        child.kill()
        child.join()
    if "fault" in answer:
        raise ModelFault(*answer["fault"])
    return answer["facts"]
