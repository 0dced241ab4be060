"""What is known of models worth having, whether they are at hand or not: data in ``resources/catalogue``, offline.

A catalogue is a folder of JSON files. It is signed as a whole; an administrator's own folder replaces or adds models.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Literal

from app.domain.errors import ModelFault
from app.models.catalogue_fields import Fields, listed, read_object
from app.models.signature import LARGEST, Signed, Trust, check_signature, sign

SIGNATURE = "catalogue.sig"
OTHER_LANGUAGES = "*"
_FORMAT = 1

Kind = Literal["generator", "embedder", "reranker"]
Number = int | list[int]


class Task(StrEnum):
    """What a model is asked to do."""

    CHAT = "chat"
    SUMMARY = "summary"
    EXTRACTION = "extraction"
    CLASSIFICATION = "classification"
    CODE = "code"
    REASONING = "reasoning"
    SEARCH = "search"


class Condition(StrEnum):
    """What a licence asks beyond keeping its text."""

    ACCEPTABLE_USE = "acceptable use"
    MONTHLY_USERS = "limit of monthly users"
    ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence.

    Attributes:
        spdx: its SPDX id or its name.
        conditions: what it asks.
        summary: the same in a sentence, for people.
        source: where this is from.
    """

    spdx: str
    conditions: frozenset[Condition]
    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class Quantisation:
    """A file in which a model can be had.

    Attributes:
        name: such as ``Q4_K_M``.
        file: who publishes it, and its name; None = no file is known.
        size, sha256: of the file; None = not known.
        poor: it loses so much that it is only taken where nothing else fits.
        source: where this is from.
    """

    name: str
    file: str | None
    size: int | None
    sha256: str | None
    poor: bool
    source: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue. None = not known.

    Attributes:
        id: by which commands name it.
        name, family: for people.
        parameters: numbers that it learnt.
        senses: its parameters count what sees or hears too, which a GGUF file does not hold.
        architecture, shape: as in the header of its GGUF file, without the architecture before each key.
        tied: the token embedding serves as output too.
        languages: ISO 639 codes of those that its makers name; ``*`` = and others that they do not name.
        context: tokens that it was trained to overlook.
        standard: Lectern is built around it; among its like it goes before larger ones.
        qualified: share of right answers of the built-in questions.
        sources: where each fact is from, by the name of the field.
    """

    id: str
    name: str
    family: str
    kind: Kind
    parameters: int
    senses: bool
    architecture: str
    shape: Mapping[str, Number]
    tied: bool | None
    quantisations: tuple[Quantisation, ...]
    licence: Licence
    languages: frozenset[str] | None
    context: int | None
    good_for: frozenset[Task]
    standard: bool
    qualified: float | None
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models by their id, and what the signatures of the folders that they are from are worth."""

    entries: Mapping[str, Entry]
    signatures: tuple[Signed, ...]

    def replaced_by(self, other: "Catalogue") -> "Catalogue":
        """Return this one with the other's models, which win where both have one."""
        return Catalogue({**self.entries, **other.entries}, (*self.signatures, *other.signatures))


def load_catalogue(folder: Path, keys: Path) -> Catalogue:
    """Read a catalogue and check its signature.

    Args:
        folder: of its JSON files.
        keys: folder of the public keys that may have signed it. Where there are some, a catalogue without a signature
            is refused; where there is none, as in a checkout before release, it is taken and told to be unsigned.

    Raises:
        ModelFault: a file is missing or not sound (reason ``catalogue``; the detail names the field), or the signature
            does not hold (reason ``signature``).
    """
    contents = _contents(folder)
    signed = _check(folder, contents, keys)
    entries: dict[str, Entry] = {}
    for name, data in contents.items():
        for entry in _entries(name, data):
            if entry.id in entries:
                raise _fault(name, f"the id {entry.id} is there twice")
            entries[entry.id] = entry
    return Catalogue(entries, (signed,))


def sign_catalogue(folder: Path, key: Path) -> Path:
    """Sign a catalogue, and return the file of the signature.

    Args:
        folder: of its JSON files.
        key: an Ed25519 private key in PEM.

    Raises:
        ModelFault: a file or the key cannot be read.
    """
    path = folder / SIGNATURE
    path.write_bytes(sign(_digests(_contents(folder)), key))
    return path


def _contents(folder: Path) -> dict[str, bytes]:
    try:
        contents = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    except OSError as error:
        raise _fault(folder.name, f"it cannot be read: {error}") from error
    if not contents:
        raise _fault(folder.name, "there is no file in it")
    return contents


def _digests(contents: Mapping[str, bytes]) -> bytes:
    # As sha256sum writes them: all files together, so that none can be left out or added.
    return "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in contents.items()).encode()


def _check(folder: Path, contents: Mapping[str, bytes], keys: Path) -> Signed:
    path = folder / SIGNATURE
    signature = path.read_bytes()[: LARGEST + 1] if path.is_file() else None
    try:
        signed = check_signature(_digests(contents), signature, keys)
    except ModelFault as fault:
        if fault.reason != "signature":
            raise
        raise _not_signed("was changed after it was signed", fault.detail) from fault
    if signed.trust is Trust.UNKNOWN:
        raise _not_signed("is signed by a key that is not trusted here", str(path))
    if signed.trust is Trust.NONE and keys.is_dir() and any(keys.glob("*.pem")):
        raise _not_signed("is not signed", str(path))
    return signed


def _entries(file: str, data: bytes) -> Iterator[Entry]:
    root = Fields(file, "", read_object(file, data))
    if root.whole("format") != _FORMAT:
        raise _fault(file, f"its format is not {_FORMAT}")
    sources = {key: root.at("sources").text(key) for key in root.at("sources").names}
    licences = {key: _licence(root.at("licences").at(key), sources) for key in root.at("licences").names}
    for fields in root.each("models"):
        yield _entry(fields, sources, licences)


def _licence(fields: Fields, sources: Mapping[str, str]) -> Licence:
    source = fields.one_of(fields.text("source"), tuple(sources))
    conditions = frozenset(Condition(fields.one_of(name, listed(Condition))) for name in fields.texts("conditions"))
    return Licence(fields.text("spdx"), conditions, fields.text("summary"), sources[source])


def _entry(fields: Fields, sources: Mapping[str, str], licences: Mapping[str, Licence]) -> Entry:
    kind: Kind = fields.one_of(fields.text("kind"), ("generator", "embedder", "reranker"))
    where = fields.at("sources")
    languages = fields.texts("languages", known=False)
    return Entry(
        id=fields.text("id"),
        name=fields.text("name"),
        family=fields.text("family"),
        kind=kind,
        parameters=fields.whole("parameters"),
        senses=fields.truth("senses") or False,
        architecture=fields.text("architecture"),
        shape=fields.numbers("shape"),
        tied=fields.truth("tied"),
        quantisations=tuple(_quantisation(each, sources) for each in fields.each("quantisations")),
        licence=licences[fields.one_of(fields.text("licence"), tuple(licences))],
        languages=None if languages is None else frozenset(languages),
        context=fields.whole("context", known=False),
        good_for=frozenset(Task(fields.one_of(name, listed(Task))) for name in fields.texts("good_for")),
        standard=fields.truth("standard") or False,
        qualified=fields.share("qualified"),
        sources={key: sources[where.one_of(where.text(key), tuple(sources))] for key in where.names},
    )


def _quantisation(fields: Fields, sources: Mapping[str, str]) -> Quantisation:
    source = fields.text("source", known=False)
    return Quantisation(
        name=fields.text("name"),
        file=fields.text("file", known=False),
        size=fields.whole("bytes", known=False),
        sha256=fields.digest("sha256"),
        poor=fields.text("name").startswith("Q3"),
        source=None if source is None else sources[fields.one_of(source, tuple(sources))],
    )


def _fault(file: str, detail: str) -> ModelFault:
    return ModelFault(
        "catalogue",
        f"The catalogue of models cannot be used: {file} is not sound.",
        "Install Lectern again, or ask whoever made this catalogue.",
        f"{file}: {detail}",
    )


def _not_signed(what: str, detail: str) -> ModelFault:
    return ModelFault(
        "signature",
        f"The catalogue of models {what}.",
        "Install Lectern again, or ask the administrator whose catalogue it is.",
        detail,
    )
