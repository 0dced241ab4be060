"""Models that are brought in: from packs, files, folders and Ollama's blobs; stopped, killed, verified and removed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from made_ollama import ollama
from packed import gguf, manifest, pack

from app.domain.errors import Cancelled, EnvironmentFault, ModelFault, UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models import ollama_blobs
from app.models.importing import source_of
from app.models.packing import pack as make_pack
from app.models.packs import CANARY, VOCABULARY, EmbedderPack, GeneratorPack, starter_embedder, starter_generator
from app.models.signature import Trust
from app.models.store import Installed, Store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    private = Ed25519PrivateKey.generate()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "public.pem").write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return path


def bring_in(store: Store, what: Path | str) -> Installed:
    return store.bring_in(source_of(str(what), CancelToken()), ProgressSlot(), CancelToken())


def packed(tmp_path: Path, what: Path, key: Path | None = None) -> Path:
    out = tmp_path / "made.lpack"
    make_pack(what, out, None, key, ProgressSlot(), CancelToken())
    return out


def test_a_gguf_file_becomes_a_generator(store: Store, tmp_path: Path) -> None:
    path = gguf(tmp_path / "Some Model.Q4_K_M.gguf", name="Some Model", license="apache-2.0")
    installed = bring_in(store, path)
    assert isinstance(installed.pack, GeneratorPack)
    assert (installed.manifest.id, installed.manifest.licence) == ("some-model.q4_k_m", "apache-2.0")
    assert installed.pack.sha256 == sha256(path.read_bytes()).hexdigest()
    assert [one.manifest for one in store.installed()] == [installed.manifest]


def test_a_model_in_parts_comes_whole_whichever_part_is_named(store: Store, tmp_path: Path) -> None:
    names = [f"big-0000{part}-of-00002.gguf" for part in (1, 2)]
    for part, name in enumerate(names):
        gguf(tmp_path / name, part=part, parts=2)
    installed = bring_in(store, tmp_path / names[1])
    assert isinstance(installed.pack, GeneratorPack)
    assert [file.path.name for file in installed.pack.files] == names
    assert installed.manifest.id == "big"


@pytest.mark.skipif(os.name != "posix", reason="Windows does not allow these names")
@pytest.mark.parametrize(
    ("name", "model", "file"),
    [
        ("con.gguf", "model-con", "model-con.gguf"),
        ("模型.gguf", "tiny-one", "model-.gguf"),
        ("-.GGUF", "tiny-one", "model-.GGUF"),
        ("A b\x1b[2J\udcff.gguf", "a-b-2j", "A_b__2J_.gguf"),
        ("m" * 200 + ".gguf", "m" * 90, "m" * 70 + ".gguf"),
        ("m-00001-of-00000.gguf", "m", "m-00001-of-00000.gguf"),
        ("m-00001-of-00001.gguf", "m", "m-00001-of-00001.gguf"),
    ],
)
def test_files_of_odd_names(name: str, model: str, file: str, store: Store, tmp_path: Path) -> None:
    path = gguf(tmp_path / "made", name="Tiny\nOne")
    installed = bring_in(store, path.rename(tmp_path / name))
    assert (installed.manifest.id, installed.pack.model.name) == (model, file)
    assert installed.manifest.name == "Tiny One (F16)"
    assert store.find(model) == installed
    packed(tmp_path, tmp_path / "models" / model)


def test_a_file_that_says_too_much_of_itself(store: Store, tmp_path: Path) -> None:
    path = gguf(tmp_path / "m.gguf", name="N" * 1_000, license="L\0" * 1_000)
    manifest = bring_in(store, path).manifest
    assert manifest.name == f"{'N' * 150} (F16)"
    assert len(manifest.licence) <= 200


def test_a_pack_signed_by_a_known_key(store: Store, tmp_path: Path, key: Path) -> None:
    path = packed(tmp_path, gguf(tmp_path / "m.gguf"), key)
    assert bring_in(store, path).signed.trust is Trust.UNKNOWN
    (tmp_path / "models" / "keys").mkdir()
    (tmp_path / "public.pem").rename(tmp_path / "models" / "keys" / "hospital.pem")
    signed = store.find("m").signed
    assert (signed.trust, signed.signer) == (Trust.KNOWN, "hospital")


def test_a_trusted_key_that_is_none_is_named(store: Store, tmp_path: Path, key: Path) -> None:
    path = packed(tmp_path, gguf(tmp_path / "m.gguf"), key)
    (tmp_path / "models" / "keys").mkdir(parents=True)
    (tmp_path / "models" / "keys" / "broken.pem").write_text("not a key")
    with pytest.raises(ModelFault, match=r"broken\.pem") as caught:
        bring_in(store, path)
    assert caught.value.reason == "key"


def test_the_starter_embedder_as_a_pack_is_the_same_embedder(store: Store, tmp_path: Path) -> None:
    from dataclasses import asdict

    starter = starter_embedder()
    members = [
        ("model.onnx", starter.model.read_bytes()),
        (VOCABULARY, starter.vocabulary.read_bytes()),
        (CANARY, starter.canary.read_bytes()),
    ]
    path = tmp_path / "minilm.lpack"
    path.write_bytes(pack(manifest(members, id="minilm", kind="embedder", recipe=asdict(starter.recipe)), members))
    installed = bring_in(store, path).pack
    assert isinstance(installed, EmbedderPack)
    assert (installed.sha256, installed.recipe) == (starter.sha256, starter.recipe)
    assert installed.canary.read_bytes() == starter.canary.read_bytes()


def test_a_folder_is_packed_and_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    first = bring_in(store, gguf(tmp_path / "m.gguf"))
    path = packed(tmp_path, tmp_path / "models" / "m")
    store.remove("m")
    assert store.installed() == []
    assert bring_in(store, path).manifest == first.manifest


def test_what_ollama_holds_comes_without_ollama(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = gguf(tmp_path / "m.gguf", name="Tiny").read_bytes()
    folder = tmp_path / "ollama"
    monkeypatch.setenv("OLLAMA_MODELS", str(folder))
    ollama(folder, [("model", data), ("license", b"MIT License\n\nPermission is granted"), ("params", b"{}")])
    assert list(ollama_blobs.names()) == ["tiny:1b"]
    installed = bring_in(store, "ollama:tiny:1b")
    assert (installed.manifest.id, installed.manifest.licence) == ("tiny-1b", "MIT License")
    assert installed.manifest.licence_text.endswith("Permission is granted")
    assert installed.pack.model.read_bytes() == data


def test_a_blob_of_ollama_that_was_changed_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gguf(tmp_path / "m.gguf").read_bytes()
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    blobs = ollama(tmp_path / "ollama", [("model", data)])
    blobs[0].write_bytes(data[:-1] + b"!")
    with pytest.raises(ModelFault) as caught:
        bring_in(store, "ollama:tiny:1b")
    assert caught.value.reason == "hash"


@pytest.mark.parametrize("kind", ["adapter", "projector"])
def test_what_ollama_adds_to_a_model_is_not_taken(
    kind: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gguf(tmp_path / "m.gguf").read_bytes()
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    ollama(tmp_path / "ollama", [("model", data), (kind, b"more")])
    with pytest.raises(ModelFault) as caught:
        bring_in(store, "ollama:tiny:1b")
    assert caught.value.reason == "kind"


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a b", "tiny:2b", "/tiny", "..", "library/../tiny", "t" * 300]
)
def test_names_that_ollama_does_not_have(
    name: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    ollama(tmp_path / "ollama", [("model", b"GGUF")])
    with pytest.raises(UsageFault):
        bring_in(store, f"ollama:{name}")


def test_a_file_that_is_damaged_later_is_found(store: Store, tmp_path: Path) -> None:
    installed = bring_in(store, gguf(tmp_path / "m.gguf"))
    assert store.verify("m", ProgressSlot(), CancelToken()).manifest == installed.manifest
    with installed.pack.model.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")
    with pytest.raises(ModelFault) as caught:
        store.verify("m", ProgressSlot(), CancelToken())
    assert caught.value.reason == "hash"


def test_a_manifest_that_is_changed_later_is_found_and_removed(store: Store, tmp_path: Path, key: Path) -> None:
    bring_in(store, packed(tmp_path, gguf(tmp_path / "m.gguf"), key))
    path = tmp_path / "models" / "m" / "manifest.json"
    data = path.read_bytes()
    for changed, reason in (
        (data + b" ", "signature"),
        (b"{}", "manifest"),
        (data.replace(b'"m"', b'"n"'), "manifest"),
    ):
        path.write_bytes(changed)
        with pytest.raises(ModelFault) as caught:
            store.verify("m", ProgressSlot(), CancelToken())
        assert caught.value.reason == reason
        assert (store.ids(), store.installed()) == (["m"], [])
    store.remove("m")
    assert store.ids() == []
    assert not list((tmp_path / "models").glob("*m*"))


def test_a_model_that_is_not_there(store: Store) -> None:
    for ask in (store.find, store.remove):
        with pytest.raises(UsageFault, match="no model nothing"):
            ask("nothing")


def test_a_folder_that_is_no_model_is_left_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    (tmp_path / "models" / "mine" / "manifest.json").write_text("{}")
    bring_in(store, gguf(tmp_path / "m.gguf"))
    assert [installed.manifest.id for installed in store.installed()] == ["m"]
    assert (tmp_path / "models" / "mine" / "manifest.json").read_text() == "{}"


def test_two_do_not_come_at_once(store: Store, tmp_path: Path) -> None:
    from filelock import FileLock

    path = gguf(tmp_path / "m.gguf")
    (tmp_path / "models").mkdir()
    with FileLock(tmp_path / "models" / ".lock"), pytest.raises(EnvironmentFault, match="being brought in"):
        bring_in(store, path)


def test_a_file_where_the_folder_of_models_should_be(tmp_path: Path) -> None:
    path = packed(tmp_path, starter_generator().model)
    (tmp_path / "models").write_text("a file")
    with pytest.raises(EnvironmentFault, match=f"No models can be kept in {re.escape(str(tmp_path / 'models'))}"):
        bring_in(Store(tmp_path / "models"), path)
    assert (tmp_path / "models").read_text() == "a file"


def test_stopped_it_goes_on_where_it_was(store: Store, tmp_path: Path) -> None:
    path = packed(tmp_path, starter_generator().model)
    cancel = CancelToken()

    class Stops(ProgressSlot):
        def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
            super().report(stage, done, total, unit, item)
            if done > total / 2:
                cancel.cancel()

    with pytest.raises(Cancelled):
        store.bring_in(source_of(str(path), cancel), Stops(), cancel)
    (half,) = (tmp_path / "models").glob(".incoming-*/*.gguf")
    copied, inode = half.stat().st_size, half.stat().st_ino
    assert 0 < copied < starter_generator().model.stat().st_size
    assert store.installed() == []
    installed = bring_in(store, path)
    assert installed.pack.model.stat().st_ino == inode
    assert store.verify(installed.manifest.id, ProgressSlot(), CancelToken()) == installed


def test_another_file_of_the_same_name_and_size_does_not_go_on_where_the_first_was(
    store: Store, tmp_path: Path
) -> None:
    path = gguf(tmp_path / "m.gguf")
    from app.models.manifest import key_of

    incoming = tmp_path / "models" / f".incoming-{key_of(source_of(str(path), CancelToken()).manifest.to_bytes())}"
    incoming.mkdir(parents=True)
    data = path.read_bytes()
    (incoming / "m.gguf").write_bytes(data[:1_000])
    path.write_bytes(data.replace(b"token_embd", b"token_embb"))
    assert bring_in(store, path).pack.model.read_bytes() == path.read_bytes()
    store.remove("m")
    incoming.mkdir()
    (incoming / "m.gguf").write_bytes(b"!" * len(data))
    assert bring_in(store, path).pack.model.read_bytes() == path.read_bytes()


def test_what_was_copied_before_is_not_trusted(store: Store, tmp_path: Path) -> None:
    path = packed(tmp_path, gguf(tmp_path / "m.gguf"))
    source = source_of(str(path), CancelToken())
    from app.models.manifest import key_of

    incoming = tmp_path / "models" / f".incoming-{key_of(source.manifest.to_bytes())}"
    incoming.mkdir(parents=True)
    (incoming / "m.gguf").write_bytes(b"something else")
    with pytest.raises(ModelFault) as caught:
        bring_in(store, path)
    assert caught.value.reason == "hash"
    assert bring_in(store, path).manifest.id == "m"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    path = packed(tmp_path, starter_generator().model)
    command = [sys.executable, "-m", "app", "models", "import", str(path), "--models", str(tmp_path / "models")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        yield process


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_killed_it_goes_on_and_nothing_half_appears(
    running: subprocess.Popen[bytes], store: Store, tmp_path: Path
) -> None:
    deadline = monotonic() + 30
    while not any((tmp_path / "models").glob(".incoming-*/*.gguf")) and monotonic() < deadline:
        sleep(0.002)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert store.installed() == []
    installed = bring_in(store, tmp_path / "made.lpack")
    assert store.verify(installed.manifest.id, ProgressSlot(), CancelToken()) == installed
    assert not list((tmp_path / "models").glob(".incoming-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="a file size limit ends a write as a full disk does, on Linux")
def test_a_disk_that_fills_up_meanwhile(tmp_path: Path) -> None:
    path = packed(tmp_path, starter_generator().model)
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30 << 20, 30 << 20))\n"
        "from app.__main__ import main\n"
        "sys.exit(main())\n"
    )
    models = tmp_path / "models"
    command = [sys.executable, "-c", script, "models", "import", str(path), "--models", str(models)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "no room" in done.stderr
    assert not list(models.glob("*/*"))


def test_the_limit_on_memory_is_kept_until_it_is_taken_away(store: Store) -> None:
    assert store.limit() is None
    store.set_limit(4 << 30)
    assert store.limit() == 4 << 30
    store.set_limit(None)
    assert store.limit() is None


@pytest.mark.parametrize("kept", [b"4G", b"-1", b"0", b"1.5", b"\xff", b"9" * 5_000, "\u0664".encode()])
def test_a_limit_that_is_no_number_of_bytes_is_told(kept: bytes, store: Store, tmp_path: Path) -> None:
    store.set_limit(1)
    (tmp_path / "models" / "limit.txt").write_bytes(kept)
    with pytest.raises(EnvironmentFault, match=r"limit\.txt"):
        store.limit()


def test_a_limit_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentFault, match="cannot be kept"):
        Store(tmp_path / "models").set_limit(1)
