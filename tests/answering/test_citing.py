import importlib.util

import pytest

from app.answering import prompt
from app.answering.citing import grammar, taken_apart
from app.domain.fit import Settings
from app.domain.messages import Message
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator


@pytest.mark.parametrize(
    ("written", "text", "numbers"),
    [
        ("The mill was built in 1764 [3].", "The mill was built in 1764.", (3,)),
        ("The mill is old [3,12].", "The mill is old.", (3, 12)),
        ("The mill is old [3][4] [3].", "The mill is old.", (3, 4)),
        ("[2] The mill is old.", "The mill is old.", (2,)),
        ("The mill is old.", "The mill is old.", ()),
        ("[4].", "", (4,)),
        ("Article [a] of the law [see 3].", "Article [a] of the law [see 3].", ()),
    ],
)
def test_marks_are_told_from_the_text(written: str, text: str, numbers: tuple[int, ...]) -> None:
    assert taken_apart(written) == (text, numbers)


def test_a_model_cannot_name_what_it_was_not_shown() -> None:
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed")
    settings = Settings(1_024, 512, "f16", usable_threads())
    generator = LlamaCppGenerator(starter_generator(), FixedLoading(settings))
    asked = [Message("user", "Tell me three things about the sea. Number them [1], [2], [3], [44].")]
    try:
        for sentences in (1, 12):
            pieces = generator.generate(asked, 80, CancelToken(), grammar=grammar(sentences, 5))
            written = "".join(piece.text for piece in pieces)
            text, numbers = taken_apart(written)
            assert "\n" not in text
            assert all(0 < number <= sentences for number in numbers)
            assert numbers or "[" not in written
            # Not driven to the only other thing that it may write.
            assert len(text) > 40
            assert prompt.NO_ANSWER not in text
    finally:
        generator.close()
