"""``lectern models`` through its own process, as a script would call it."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from called import STARTER, call, lines

from app.cli.arguments import CONDITIONS, TASKS
from app.models.catalogue import Condition, Task, sign_catalogue
from tests.models.packed import manifest, onnx, pack, reranker

ROOT = Path(__file__).parents[2]

needs_llama_cpp = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models in which this machine is measured once."""
    return tmp_path_factory.mktemp("models")


@needs_llama_cpp
def test_list_tells_how_each_fits(models: Path) -> None:
    listed = {line["id"]: line for line in lines("models", "list", "--models", models)}
    starter = listed[STARTER]
    assert (starter["kind"], starter["fit"], starter["quantisation"]) == ("generator", "fits", "Q4_1")
    assert starter["context"] == 4_096
    assert Path(starter["path"]).stat().st_size < starter["memory_bytes"]
    low, high = starter["tokens_per_s"]
    assert 0 < low < high
    assert listed["all-minilm-l6-v2-int8"]["kind"] == "embedder"


@needs_llama_cpp
def test_measure_says_what_was_foretold_and_what_was_taken(tmp_path: Path) -> None:
    (taken,) = lines("models", "measure", STARTER, "--context", "512", "--models", tmp_path)
    assert taken["predicted_bytes"] == pytest.approx(taken["measured_bytes"], rel=0.08)
    assert taken["tokens_per_s"] > 0
    assert taken["prompt_tokens_per_s"] > 0
    assert taken["load_seconds"] > 0
    # What was measured is told from then on.
    starter = next(line for line in lines("models", "list", "--models", tmp_path) if line["id"] == STARTER)
    low, high = starter["tokens_per_s"]
    assert low < taken["tokens_per_s"] < high


def test_a_model_goes_round_by_a_pack(tmp_path: Path) -> None:
    from app.models.packs import starter_generator

    out, to = tmp_path / "starter.lpack", ("--models", tmp_path / "models")
    (made,) = lines("models", "pack", starter_generator().model, "-o", out, *to)
    assert (made["type"], made["bytes"]) == ("packed", starter_generator().model.stat().st_size)
    (taken,) = [line for line in lines("models", "import", out, *to) if line["type"] != "progress"]
    assert (taken["type"], taken["id"], taken["trust"]) == ("imported", made["id"], "none")
    assert "already" in call("models", "import", out, *to, code=3).stderr
    (sound,) = [line for line in lines("models", "verify", *to) if line["type"] != "progress"]
    assert sound == {**taken, "type": "verified"}
    with Path(taken["path"]).open("ab") as file:
        file.write(b"!")
    damaged = call("models", "verify", made["id"], "--json", *to, code=3).stdout.splitlines()
    assert json.loads(damaged[-1]) == {"type": "damaged", "id": made["id"], "reason": "hash"}
    assert "damaged" in call("models", "verify", *to, code=3).stdout
    assert lines("models", "remove", made["id"], *to) == [{"type": "removed", "id": made["id"]}]
    call("models", "remove", made["id"], *to, code=2)
    call("models", "remove", STARTER, *to, code=2)


def test_a_reranker_is_listed_with_its_fit_and_does_not_write(tmp_path: Path) -> None:
    members, to = reranker(onnx()), ("--models", tmp_path / "models")
    path = tmp_path / "ranks.lpack"
    path.write_bytes(pack(manifest(members, id="ranks", kind="reranker", truncation=512), members))
    taken = lines("models", "import", path, *to)[-1]
    assert (taken["type"], taken["id"], taken["kind"]) == ("imported", "ranks", "reranker")
    (listed,) = [line for line in lines("models", "list", *to) if line["id"] == "ranks"]
    assert (listed["kind"], listed["fit"], listed["path"]) == ("reranker", "fits", taken["path"])
    assert listed["memory_bytes"] > Path(taken["path"]).stat().st_size
    assert listed["why"].endswith("How long it takes shows with the first questions.")
    assert "ranks what is found" in call("models", "list", *to).stderr
    (told,) = lines("doctor", *to)
    assert told["reranker"]["in_use"]["value"] == "ranks"
    assert lines("models", "verify", "ranks", *to)[-1]["type"] == "verified"
    assert "no model ranks that writes" in call("models", "use", "ranks", *to, code=2).stderr
    assert lines("models", "remove", "ranks", *to) == [{"type": "removed", "id": "ranks"}]


def test_what_cannot_be_brought_in_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x80\x04")
    to = ("--models", tmp_path / "models")
    assert "may hold a program" in call("models", "import", tmp_path / "model.bin", *to, code=3).stderr
    call("models", "import", tmp_path / "nothing.gguf", *to, code=2)
    call("models", "import", "ollama:no such", *to, code=2)
    call("models", "pack", tmp_path / "model.bin", "-o", tmp_path / "out.zip", *to, code=2)


def test_an_unknown_model_is_wrong_use(tmp_path: Path) -> None:
    assert "no model nothing" in call("models", "measure", "nothing", "--models", tmp_path, code=2).stderr
    wide = call("models", "measure", STARTER, "--context", "99999999", "--models", tmp_path, code=2).stderr
    assert "overlooks" in wide
    assert "--context" in wide


def test_an_action_is_needed() -> None:
    assert "ACTION" in call("models", code=2).stderr


def test_doctor_tells_everything_with_its_origin(models: Path) -> None:
    (found,) = lines("doctor", "--models", models)
    sections = ["cpu", "memory", "gpus", "npus", "disk", "power", "calibration", "budget", "reranker", "catalogue"]
    assert list(found) == sections
    origins = {"measured", "read", "assumed", "unknown"}
    for section in found.values():
        for facts in section if isinstance(section, list) else [section]:
            assert all(fact["origin"] in origins for fact in facts.values())
    assert 0 < found["budget"]["memory"]["value"] <= found["memory"]["available"]["value"]
    assert found["cpu"]["threads"]["value"] >= 1


def test_a_limit_on_memory_is_kept_and_told(tmp_path: Path) -> None:
    to = ("--models", tmp_path)
    assert lines("models", "limit", "1.5G", *to) == [{"type": "limit", "bytes": 3 << 29}]
    (found,) = lines("doctor", *to)
    assert found["budget"]["limit"] == {"value": 3 << 29, "origin": "read", "note": "set by lectern models limit"}
    assert 0 < found["budget"]["memory"]["value"] < 3 << 29
    (tmp_path / "limit.txt").write_text("much")
    told = call("doctor", *to).stdout
    assert "limit.txt is no number of bytes" in told
    assert "as much memory as is free" in call("models", "limit", "none", *to).stdout
    assert "none is set" in call("doctor", *to).stdout


@pytest.mark.parametrize("size", ["4", "4K", "0G", "0.0M", "4 G", "much", "", "99999T", "1e3G"])
def test_what_is_no_size_is_wrong_use(size: str, tmp_path: Path) -> None:
    assert "write it like 4G" in call("models", "limit", size, "--models", tmp_path, code=2).stderr
    assert not (tmp_path / "limit.txt").exists()


def test_doctor_says_whether_the_catalogues_are_trusted(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key, own = tmp_path / "key.pem", tmp_path / "models" / "catalogue"
    shutil.copytree(ROOT / "resources" / "catalogue", own)
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    keys = tmp_path / "models" / "keys"
    keys.mkdir()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (keys / "hospital.pem").write_bytes(public)
    sign_catalogue(own, key)
    to = ("--models", tmp_path / "models")
    lectern, administrator = lines("doctor", *to)[0]["catalogue"]
    assert (lectern["from"]["value"], administrator["from"]["value"]) == ("Lectern", "the administrator")
    assert administrator["trusted"]["value"] is True
    assert administrator["trusted"]["note"].endswith("trusts hospital")
    changed = own / "qwen.json"
    changed.write_bytes(changed.read_bytes() + b" ")
    (refused,) = lines("doctor", *to)[0]["catalogue"]
    assert refused["trusted"] == {
        "value": False,
        "origin": "read",
        "note": "The catalogue of models was changed after it was signed.",
    }


def test_doctor_can_be_pasted_into_a_ticket(tmp_path: Path) -> None:
    import getpass
    import platform

    text = call("doctor", "--models", tmp_path / "secret folder").stdout
    for private in (str(tmp_path), "secret folder", platform.node(), str(Path.home())):
        assert private not in text
    assert f"/{getpass.getuser()}" not in text
    assert "Processor" in text


def test_doctor_makes_no_library(models: Path, tmp_path: Path) -> None:
    call("--library", tmp_path / "library", "doctor", "--models", models)
    assert not (tmp_path / "library").exists()


def test_recommend_tells_the_choice_at_hand_and_what_is_worth_having(models: Path) -> None:
    (told,) = lines("models", "recommend", "--models", models)
    assert told["choice"]["id"] == STARTER
    assert "SmolLM2" in told["why"]
    worth = told["worth_having"]
    assert worth["choice"]["fit"] in ("fits", "degraded")
    assert worth["choice"]["id"] != worth["runner_up"]["id"]
    assert worth["choice"]["name"] in worth["why"]


def test_recommend_weighs_task_and_licence(models: Path) -> None:
    (search,) = lines("models", "recommend", "--task", "search", "--models", models)
    assert search["worth_having"]["choice"]["kind"] == "embedder"
    refusals = [option for name in CONDITIONS for option in ("--refuse", name)]
    # For which there is a model that is fast enough on any machine, however busy.
    (free,) = lines("models", "recommend", "--task", "classification", *refusals, "--models", models)
    assert free["worth_having"]["choice"]["licence_conditions"] == []


def test_the_words_of_the_command_line_are_those_of_the_catalogue() -> None:
    assert list(TASKS) == [task.value for task in Task]
    assert [name.replace("-", "_").upper() for name in CONDITIONS] == [condition.name for condition in Condition]


def test_another_model_is_used_when_it_is_asked_for(tmp_path: Path) -> None:
    assert "because you chose it" in call("models", "use", STARTER, "--models", tmp_path).stdout
    assert "no model nothing" in call("models", "use", "nothing", "--models", tmp_path, code=2).stderr
    assert "because you chose it" not in call("models", "use", "auto", "--models", tmp_path).stdout


def test_list_tells_how_each_model_of_the_catalogue_would_fit(models: Path) -> None:
    listed = lines("models", "list", "--catalogue", "--models", models)
    at_hand, others = [line for line in listed if line["path"]], [line for line in listed if not line["path"]]
    assert [line["id"] for line in at_hand] == ["all-minilm-l6-v2-int8", STARTER]
    large = next(line for line in others if line["id"] == "deepseek-v3")
    assert large["fit"] == "no"
    assert large["deficit_bytes"] > 1 << 30
    assert all(line["licence"] for line in others)
