"""The folder of models: each in a folder of its own with its manifest, brought in whole or not at all."""

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import BinaryIO, Protocol

from filelock import FileLock, Timeout

from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models import manifest as manifests
from app.models import signature as signatures
from app.models.copying import Copy, keep_only, sync_folder, write_synced
from app.models.exporting import export, exports
from app.models.files import sha256_of
from app.models.first_canary import with_canary
from app.models.manifest import Manifest, PackedFile, key_of, read_manifest
from app.models.model_folder import with_vocabulary
from app.models.packs import CANARY, AdapterPack, Pack, installed_pack
from app.models.signature import Signed, check_signature
from app.models.soundness import check_model

KEYS = "keys"
LIMIT = "limit.txt"
_PREFERRED = "preferred.txt"
# What else may stand in the folder, by `app.bootstrap`: no model may pass for it.
_OWN = frozenset({KEYS, LIMIT, _PREFERRED, "catalogue", "machine.json", "on-servers", "qualified.json", "servers.txt"})
_INCOMING, _REMOVED = ".incoming-", ".removed-"
_SPARE = 64 << 20  # bytes that stay free on the disk
_FULL = frozenset({ENOSPC, EDQUOT, EFBIG})
_BYTES = re.compile("[1-9][0-9]{0,17}")


class Source(Protocol):
    """Where a model comes from: a pack, a file, a folder, what Ollama holds."""

    @property
    def manifest(self) -> Manifest:
        """What comes in. A SHA-256 that is not known beforehand is empty."""

    @property
    def signed(self) -> tuple[bytes, bytes | None] | None:
        """The manifest as it was written and its signature, if any; None where the manifest is made here."""

    def open(self, file: PackedFile) -> AbstractContextManager[BinaryIO]:
        """Open where a file begins; no more than its size is read."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the store. ``note``: what the user should know of how it came in; empty later."""

    pack: Pack | AdapterPack
    manifest: Manifest
    signed: Signed
    note: str = ""


class Store:
    """The models that were brought in.

    Args:
        folder: where they are kept; made when the first comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ids(self) -> list[str]:
        """Return the ids of all models that are there, of damaged ones too."""
        folders = (path.parent.name for path in self._folder.glob(f"*/{manifests.NAME}"))
        return sorted(name for name in folders if not name.startswith("."))

    def installed(self) -> list[Installed]:
        """Return the models that are there, by their ids. Those whose manifest is damaged are left out."""
        found = []
        for model in self.ids():
            with suppress(ModelFault):
                found.append(self.find(model))
        return found

    def find(self, model: str) -> Installed:
        """Return the model with this id.

        Raises:
            UsageFault: there is none.
            ModelFault: there is, and its manifest or signature is damaged.
        """
        folder = self._folder_of(model)
        try:
            return self._read(folder)
        except OSError as error:
            raise ModelFault(
                "unreadable", f"The model {model} cannot be read.", "Check the disk.", str(error)
            ) from error

    def preferred(self) -> str | None:
        """Return the id of the model that the user wants to write; None = whichever fits best."""
        try:
            wanted = (self._folder / _PREFERRED).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return wanted or None

    def prefer(self, model: str | None) -> None:
        """Keep which model the user wants to write; None = whichever fits best.

        Raises:
            EnvironmentFault: it cannot be kept.
        """
        try:
            self._keep(_PREFERRED, model or "")
        except OSError as error:
            raise EnvironmentFault("The choice of a model cannot be kept.", "Check the disk.", str(error)) from error

    def limit(self) -> int | None:
        """Return the bytes of memory that the user lets all models together take; None = as much as is free.

        Raises:
            EnvironmentFault: what is kept is no number of bytes.
        """
        try:
            kept = (self._folder / LIMIT).read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            kept = "unreadable"
        if not kept:
            return None
        if not _BYTES.fullmatch(kept):
            raise EnvironmentFault(
                f"The limit on memory for models in {LIMIT} is no number of bytes, so none holds.",
                "Set it again: lectern models limit 4G, or none.",
            )
        return int(kept)

    def set_limit(self, size: int | None) -> None:
        """Keep how many bytes of memory all models together may take; None = as much as is free.

        Raises:
            EnvironmentFault: it cannot be kept.
        """
        try:
            self._keep(LIMIT, "" if size is None else str(size))
        except OSError as error:
            raise EnvironmentFault(
                "The limit on memory for models cannot be kept.", "Check the disk.", str(error)
            ) from error

    def _keep(self, name: str, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_synced(self._folder / name, text.encode())

    def bring_in(self, source: Source, progress: ProgressSlot, cancel: CancelToken) -> Installed:
        """Copy a model into the store, check it, and only then let it appear.

        What was copied of a file stays when it is stopped or killed, and is used when the same model comes again. After
        a refusal nothing is left.

        Raises:
            Cancelled: stop was asked for.
            ModelFault: it is not sound; nothing of it is left.
            EnvironmentFault: the disk is full, or another model is being brought in.
        """
        with self._locked():
            self._refuse_twin(source.manifest)
            incoming = self._folder / f"{_INCOMING}{key_of(source.manifest.to_bytes())}"
            self._sweep(keep=incoming)
            try:
                return self._copied(source, incoming, progress, cancel)
            except (ModelFault, EnvironmentFault):
                shutil.rmtree(incoming, ignore_errors=True)
                raise
            except OSError as error:
                shutil.rmtree(incoming, ignore_errors=True)
                raise self._disk_fault(source.manifest, error) from error

    def verify(self, model: str, progress: ProgressSlot, cancel: CancelToken) -> Installed:
        """Compute the hashes of a model's files again.

        Raises:
            Cancelled: stop was asked for.
            UsageFault: there is no such model.
            ModelFault: a file is missing or another one (reason ``hash``), or as `find`.
        """
        installed = self.find(model)
        folder = self._folder / model
        for done, file in enumerate(installed.manifest.files):
            cancel.check()
            progress.report("Checking", done, len(installed.manifest.files), "files", file.name)
            path = folder / file.name
            if not path.is_file() or sha256_of(path) != file.sha256:
                raise _wrong_hash(file, installed.manifest.name)
        return installed

    def remove(self, model: str) -> None:
        """Remove a model, damaged or not.

        Raises:
            UsageFault: there is no such model.
            EnvironmentFault: it cannot be removed.
        """
        folder = self._folder_of(model)
        away = self._folder / f"{_REMOVED}{model}"
        with self._locked():
            try:
                shutil.rmtree(away, ignore_errors=True)
                folder.rename(away)
                shutil.rmtree(away)
            except OSError as error:
                raise EnvironmentFault(
                    f"The model {model} cannot be removed.", "Close what uses it, then try again.", str(error)
                ) from error

    def _folder_of(self, model: str) -> Path:
        if model not in self.ids():
            raise UsageFault(
                f"There is no model {model} that was brought in.", "lectern models list shows what there is."
            )
        return self._folder / model

    def _read(self, folder: Path) -> Installed:
        data = (folder / manifests.NAME).read_bytes()
        signature = folder / signatures.NAME
        manifest = read_manifest(data)
        if manifest.id != folder.name:
            raise ModelFault(
                "manifest",
                f"In the folder of the model {folder.name} is another one: {manifest.id}.",
                "Remove it, and bring it in by a command or a drop.",
            )
        signed = check_signature(data, signature.read_bytes() if signature.is_file() else None, self._folder / KEYS)
        return Installed(installed_pack(manifest, folder), manifest, signed)

    def _copied(self, source: Source, incoming: Path, progress: ProgressSlot, cancel: CancelToken) -> Installed:
        manifest = source.manifest
        signed = source.signed is not None and source.signed[1] is not None
        exported = exports(manifest) and not signed
        if not exported:
            installed_pack(manifest, incoming)
        if source.signed is not None:
            check_signature(*source.signed, self._folder / KEYS)
        incoming.mkdir(exist_ok=True)
        self._check_room(manifest, incoming)
        done, files = 0, []
        for file in manifest.files:
            with source.open(file) as opened:
                copy = Copy(opened, incoming / file.name, file)
                for copied in copy.pieces():
                    cancel.check()
                    progress.report(f"Bringing in {manifest.name}", done + copied, manifest.size, "bytes", file.name)
            if file.sha256 not in ("", copy.sha256):
                raise _wrong_hash(file, manifest.name)
            files.append(replace(file, sha256=copy.sha256))
            done += file.size
        manifest = replace(manifest, files=tuple(files))
        if exported:
            manifest = with_vocabulary(manifest, incoming)
        check_model(manifest, incoming, cancel)
        data, signature = source.signed or (manifest.to_bytes(), None)
        note = ""
        if exported:
            made = export(manifest, incoming, progress, cancel)
            manifest, note, data = made.manifest, made.note, made.manifest.to_bytes()
        elif exports(manifest):
            note = "It runs as it was signed, slowly: a faster form would not be what was signed."
        elif manifest.kind == "embedder" and all(file.name != CANARY for file in manifest.files):
            if signature is not None:
                raise ModelFault("missing", f"{manifest.name} comes without its {CANARY}.", "Get a whole pack.")
            manifest = with_canary(manifest, incoming)
            data = manifest.to_bytes()
        read_manifest(data)
        write_synced(incoming / manifests.NAME, data)
        if signature is not None:
            write_synced(incoming / signatures.NAME, signature)
        keep_only({manifests.NAME, signatures.NAME, *(file.name for file in manifest.files)}, incoming)
        place = self._folder / manifest.id
        incoming.rename(place)
        sync_folder(self._folder)
        return replace(self._read(place), note=note)

    def _refuse_twin(self, manifest: Manifest) -> None:
        if manifest.id in _OWN:
            raise ModelFault("manifest", f"No model can be named {manifest.id}.", "Rename it, then try again.")
        if (self._folder / manifest.id).exists():
            raise ModelFault(
                "exists",
                f"There is a model {manifest.id} already.",
                f"To replace it, first: lectern models remove {manifest.id}",
            )

    def _check_room(self, manifest: Manifest, incoming: Path) -> None:
        there = sum(path.stat().st_size for path in incoming.iterdir())
        needed = manifest.size - there + _SPARE
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise _full_disk(manifest, f"{needed - free} bytes more are needed in {self._folder}")

    def _disk_fault(self, manifest: Manifest, error: OSError) -> ModelFault:
        if error.errno in _FULL:
            return _full_disk(manifest, str(error))
        return ModelFault(
            "unreadable",
            f"{manifest.name} cannot be copied.",
            "Check that the stick or the disk is still there, then try again.",
            str(error),
        )

    def _sweep(self, keep: Path) -> None:
        """Remove what other imports and removals that were cut short have left."""
        for pattern in (f"{_INCOMING}*", f"{_REMOVED}*"):
            for path in self._folder.glob(pattern):
                if path != keep:
                    shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self._folder / ".lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise EnvironmentFault("Another model is being brought in.", "Wait until it is there.") from error
        except OSError as error:
            raise EnvironmentFault(
                f"No models can be kept in {self._folder}: {error.strerror}.", "Name a folder that you may write to."
            ) from error
        try:
            yield
        finally:
            lock.release()


def _wrong_hash(file: PackedFile, name: str) -> ModelFault:
    return ModelFault(
        "hash",
        f"The file {file.name} of {name} is damaged or has been changed.",
        "Copy it again; if that does not help, ask whoever made the pack.",
        f"expected SHA-256 {file.sha256}",
    )


def _full_disk(manifest: Manifest, detail: str) -> ModelFault:
    return ModelFault("disk_full", f"The disk has no room for {manifest.name}.", "Make room, then try again.", detail)
