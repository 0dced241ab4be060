"""Signatures of model packs: Ed25519 over the bytes of the manifest, which holds the hashes of all else."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.domain.errors import ModelFault

NAME = "manifest.sig"
LARGEST = 4_096  # bytes


class Trust(StrEnum):
    """What the signature of a pack is worth."""

    KNOWN = "signed by a key that the administrator trusts"
    UNKNOWN = "signed by a key that is not known here"
    NONE = "not signed"


@dataclass(frozen=True, slots=True)
class Signed:
    """The trust in a pack. ``signer``: the name of the key's file; empty unless the key is known."""

    trust: Trust
    signer: str = ""


def sign(manifest: bytes, key: Path) -> bytes:
    """Sign a manifest.

    Args:
        manifest: its bytes.
        key: an Ed25519 private key in PEM, without a password.

    Raises:
        ModelFault: the key cannot be read (reason ``key``).
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _bad_key(key, str(error)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _bad_key(key, type(private).__name__)
    signature, public = private.sign(manifest), private.public_key().public_bytes_raw()
    return json.dumps({"key": b64encode(public).decode(), "signature": b64encode(signature).decode()}).encode()


def check_signature(manifest: bytes, signature: bytes | None, trusted: Path) -> Signed:
    """Say what the signature of a pack is worth.

    Args:
        manifest: the bytes that were signed.
        signature: as `sign` wrote it; None = there is none.
        trusted: the folder of the keys that the administrator trusts: Ed25519 public keys in PEM, ``*.pem``.

    Raises:
        ModelFault: it is not the signature of this manifest (reason ``signature``), or a trusted key cannot be read
            (reason ``key``).
    """
    if signature is None:
        return Signed(Trust.NONE)
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        fields = json.loads(signature)
        public = b64decode(fields["key"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(b64decode(fields["signature"], validate=True), manifest)
    except (ValueError, KeyError, TypeError, RecursionError, InvalidSignature) as error:
        raise ModelFault(
            "signature",
            "The signature of the model pack does not fit it: the pack was changed after it was signed.",
            "Do not use this pack. Ask whoever made it.",
            repr(error),
        ) from error
    for path in sorted(trusted.glob("*.pem")) if trusted.is_dir() else ():
        if _public_bytes(path) == public:
            return Signed(Trust.KNOWN, path.stem)
    return Signed(Trust.UNKNOWN)


def _public_bytes(path: Path) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _bad_key(path, str(error)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _bad_key(path, type(key).__name__)
    return key.public_bytes_raw()


def _bad_key(path: Path, detail: str) -> ModelFault:
    return ModelFault("key", f"The key {path.name} is no Ed25519 key in PEM.", "Replace it or take it away.", detail)
