"""Makes a model pack: of a model in the store, a GGUF file, or a folder with a manifest."""

from dataclasses import replace
from pathlib import Path

from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.container import write_container
from app.models.files import sha256_of
from app.models.importing import PACK, FileSource, source_of
from app.models.manifest import Manifest, PackedFile, read_manifest
from app.models.signature import sign


def pack(
    what: Path, out: Path, licence: Path | None, key: Path | None, progress: ProgressSlot, cancel: CancelToken
) -> Manifest:
    """Make a pack.

    Args:
        what: a GGUF file (of several parts, any), or a folder that holds a manifest and its files.
        out: the pack, ``.lpack``.
        licence: a file with the text of the licence; None = as the manifest has it.
        key: an Ed25519 private key in PEM, to sign with; None = no signature.
        progress: is told how far it is.
        cancel: ends it; nothing of the pack is left then.

    Raises:
        Cancelled: stop was asked for.
        UsageFault: ``what`` or ``out`` cannot be used for this.
        ModelFault: a file is not sound.
        EnvironmentFault: a file cannot be read or written.
    """
    if out.suffix.lower() != PACK:
        raise UsageFault(f"A model pack ends with {PACK}, and {out.name} does not.", "Choose another name.")
    source = source_of(str(what), cancel)
    if not isinstance(source, FileSource):
        raise UsageFault(f"{what.name} is a pack already.", "Copy it as it is.")
    paths = [source.paths[file.name] for file in source.manifest.files]
    files: list[PackedFile] = []
    for file, path in zip(source.manifest.files, paths, strict=True):
        cancel.check()
        progress.report("Checking", len(files), len(paths), "files", file.name)
        found = sha256_of(path)
        if file.sha256 not in ("", found):
            raise ModelFault("hash", f"The file {file.name} is not the one that its manifest lists.", "Get it again.")
        files.append(replace(file, sha256=found))
    manifest = replace(source.manifest, files=tuple(files))
    try:
        if licence is not None:
            manifest = replace(manifest, licence_text=licence.read_text("utf-8"))
        read_manifest(manifest.to_bytes())
        signature = sign(manifest.to_bytes(), key) if key is not None else None
        written = 0

        def tell(count: int) -> None:
            nonlocal written
            cancel.check()
            written += count
            progress.report(f"Packing {manifest.name}", written, manifest.size, "bytes", out.name)

        write_container(out, manifest, signature, paths, tell)
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFault(f"The pack {out.name} cannot be made.", "Check the disk.", str(error)) from error
    return manifest
