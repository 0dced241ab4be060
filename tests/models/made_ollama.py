"""A folder as Ollama lays it out."""

import json
from hashlib import sha256
from pathlib import Path


def ollama(folder: Path, layers: list[tuple[str, bytes]]) -> list[Path]:
    """Lay out a model named ``tiny:1b`` as Ollama does, and return its blobs."""
    (folder / "blobs").mkdir(parents=True)
    listed, blobs = [], []
    for kind, data in layers:
        digest = sha256(data).hexdigest()
        listed.append({"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}"})
        blobs.append(folder / "blobs" / f"sha256-{digest}")
        blobs[-1].write_bytes(data)
    place = folder / "manifests" / "registry.example" / "library" / "tiny" / "1b"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"schemaVersion": 2, "layers": listed}))
    return blobs
