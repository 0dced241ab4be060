"""Makes an 8-bit ONNX file of the safetensors of an embedder or a reranker: it runs several times as fast here."""

import shutil
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path, PurePath

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.files import MODEL_FORMATS, sha256_of
from app.models.inspection import inspect_onnx
from app.models.manifest import Manifest, PackedFile
from app.models.packs import CANARY, EXPORTED, WEIGHTS, vocabulary_of
from app.processes.child_process import ChildEnded, ChildProcess

EXTRA = ("torch", "transformers", "onnx", "onnxscript")
_CHILD = "app.models.runtimes.onnx_export_child"
_STEPS = 5
_LONGEST_ORIGIN = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Export:
    """What became of a model.

    Attributes:
        manifest: of what is to be kept.
        note: for people: why the model stays as it came; empty where it does not.
    """

    manifest: Manifest
    note: str = ""


def missing_parts() -> list[str]:
    """Return what of the extra ``sentence-transformers`` is not installed."""
    return [name for name in EXTRA if find_spec(name) is None]


def exports(manifest: Manifest) -> bool:
    """Whether a model is one that an ONNX file can be made of."""
    models = [file.name for file in manifest.files if PurePath(file.name).suffix.lower() in MODEL_FORMATS]
    return manifest.kind in ("embedder", "reranker") and models == [WEIGHTS]


def export(manifest: Manifest, folder: Path, progress: ProgressSlot, cancel: CancelToken) -> Export:
    """Make the ONNX file in a child process and check it; where that fails, an embedder stays as it came.

    Args:
        manifest: of the model, for which `exports` holds.
        folder: in which its files lie, checked; what is made is put there.
        progress: is told how far it is.
        cancel: ends it; nothing that was made is left then.

    Raises:
        Cancelled: stop was asked for.
        ModelFault: an embedder that stays as it came cannot even be checked, without its canary (reason ``canary``), or
            a reranker cannot be made (``export``).
        OSError: a file cannot be written.
    """
    missing = missing_parts()
    if missing:
        fault = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        return _as_it_came(manifest, folder, fault)
    work = folder / "export"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        fault = _made(manifest, folder, work, progress, cancel)
        if (work / CANARY).is_file():
            (work / CANARY).replace(folder / CANARY)
            manifest = replace(manifest, files=(*manifest.files, _listed(folder / CANARY)))
        if fault:
            return _as_it_came(manifest, folder, fault)
        inspect_onnx(work / EXPORTED, cancel)
        (work / EXPORTED).replace(folder / EXPORTED)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    original = manifest.files[0]
    kept = [file for file in manifest.files[1:] if file.name in (vocabulary_of(manifest), CANARY)]
    origin = f"{manifest.origin}; made 8-bit ONNX on import of {original.name}, SHA-256 {original.sha256}"
    name = manifest.name if manifest.name.endswith("(8-bit)") else f"{manifest.name} (8-bit)"
    files = (_listed(folder / EXPORTED), *kept)
    return Export(replace(manifest, name=name, files=files, origin=origin[-_LONGEST_ORIGIN:].lstrip("; ")))


def _made(manifest: Manifest, folder: Path, work: Path, progress: ProgressSlot, cancel: CancelToken) -> str:
    """Have the child make the files, and return why it could not; empty where it could."""
    setup = {
        "folder": str(folder.resolve()),
        "out": str(work.resolve()),
        "recipe": asdict(manifest.recipe) if manifest.recipe else None,
        "truncation": manifest.truncation,
    }
    child = ChildProcess(_CHILD, setup)
    try:
        child.greeting(cancel)
        talk = child.ask({})
        done = 0
        while "fault" not in (reply := talk.next(cancel)):
            progress.report(f"Making {manifest.name} fast here", done, _STEPS, "steps", reply["step"])
            done += 1
        return str(reply["fault"])
    except ChildEnded as error:
        return f"the process that does it ended: {error}"[:500]
    finally:
        child.kill()
        child.join()


def _as_it_came(manifest: Manifest, folder: Path, fault: str) -> Export:
    if manifest.kind == "reranker":
        raise ModelFault(
            "export",
            f"{manifest.name} cannot be made into the form in which rerankers run here.",
            "Get the model as a pack, or another one.",
            fault,
        )
    if not (folder / CANARY).is_file():
        raise ModelFault(
            "canary",
            f"{manifest.name} brings nothing by which its vectors could be checked, and here nothing can be made.",
            "Install the extra sentence-transformers, or get the model as a pack.",
            fault,
        )
    return Export(manifest, f"No fast form could be made of it, so it runs as it came, slowly: {fault}.")


def _listed(path: Path) -> PackedFile:
    return PackedFile(path.name, path.stat().st_size, sha256_of(path))
