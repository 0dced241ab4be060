"""Which model writes: what the user wants, else what fits; never a server's unasked."""

from app.domain.fit import Fit, Settings, Verdict
from app.models.choice import choose
from app.models.packs import ServedModel, Writer, starter_generator
from app.models.standing import Standing
from app.security.policy import Server, ServerKind

SERVED = ServedModel(Server(ServerKind.OLLAMA, "http://127.0.0.1:11434"), "llama3.1:8b")


def standing(pack: Writer, parameters: int, verdict: Verdict = Verdict.FITS) -> Standing:
    return Standing(
        pack, "Q4_K_M", parameters, Fit(verdict, Settings(4_096, 512, "f16", 2), 1 << 30, 0, 0, None, None, "")
    )


STARTER, LARGE = standing(starter_generator(), 135), standing(SERVED, 8_000)


def test_a_model_of_a_server_is_never_taken_unasked() -> None:
    assert choose([STARTER, LARGE]).chosen == STARTER
    assert choose([LARGE]).chosen is None


def test_a_model_of_a_server_is_taken_when_it_is_wanted() -> None:
    choice = choose([STARTER, LARGE], SERVED.id)
    assert (choice.chosen, choice.runner_up) == (LARGE, STARTER)
    assert choice.why == "llama3.1:8b (Ollama) writes because you chose it."


def test_one_that_does_not_fit_is_not_taken_although_it_is_wanted() -> None:
    assert choose([STARTER, standing(SERVED, 8_000, Verdict.NO)], SERVED.id).chosen == STARTER


def test_it_is_said_when_the_wanted_one_is_gone() -> None:
    choice = choose([STARTER], SERVED.id)
    assert choice.chosen == STARTER
    assert choice.why.startswith("ollama:llama3.1:8b, which you chose, is not at hand now.")
