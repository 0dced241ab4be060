from collections.abc import Iterator
from pathlib import Path

import pytest

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Ranking, Searcher
from app.retrieval.spelling import respelt

_PAPERS = {
    "statins.txt": "Treatment\n\nThe pharmacist recommends statins to patients with anaemia. She will receive the "
    "colour chart of the blood centre by Monday, and the immune system is examined.\n",
    "motor.txt": "The motor\n\nNikola Tesla built the induction motor in the laboratory at the harbour. The motor was "
    "labeled by his assistant, who had organized the catalog.\n",
    "stations.txt": "Stations\n\nNitrate is given to patients, and statues stand by the door. The stations of the "
    "mountain railway are painted green. A reciever hangs in each.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("spelling")
    papers = folder / "papers"
    papers.mkdir()
    for name, text in _PAPERS.items():
        (papers / name).write_text(text, "utf-8")
    opened = Library(folder / "library", [embedder], "", workers=2)
    opened.ingest([papers], ProgressSlot(), CancelToken())
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Who built the inductoin motor?", "Who built the induction motor?"),  # changed places
        ("Where did Telsa work?", "Where did Tesla work?"),
        ("Who biult the motor?", "Who built the motor?"),
        ("What does the pharmacist reccommend?", "What does the pharmacist recommend?"),  # twice instead of once
        ("Who built the inducton motor?", "Who built the induction motor?"),  # one too few
        ("Which pharmacisst is it?", "Which pharmacist is it?"),
        ("Which labratory has the motor?", "Which laboratory has the motor?"),
        ("What color are the stations?", "What colour are the stations?"),  # as the documents spell it
        ("Which organised catalogue?", "Which organized catalog?"),
        ("How is the immunesystem examined?", "How is the immune system examined?"),  # a space
        ("PHARMACSIT and pharmacsit of the centre", "PHARMACSIT and pharmacist of the centre"),
        ("pharmacsit", "pharmacist"),
        ("Which laboratroy has Telsa?", "Which laboratory has Tesla?"),
    ],
)
def test_a_mistyped_word_is_put_right(library: Library, typed: str, meant: str) -> None:
    assert respelt(typed, library) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Who built the induction motor?",
        'Where did "Telsa" work?',
        "Where did “Telsa” work?",
        "Where is the moter?",  # of a short word nothing but a change of places counts
        "Where is the recieverx of the station?",  # a form of a word is no slip
        "Which labaratory has the motor?",  # a wrong letter may be another word
        "Is nitrite given to patients?",
        "Where are the statutes?",  # a word of English
        "pharmacsit statins patients anaemia colour chart blood centre Monday immune system",  # others enough
        "急" * 1_700,
        "e" * 2_000,
        "Which enzyme oxidises guanine in the labratory of mitochondria?",  # about something else
        "Which stxations has the harbour?",  # stations stand nowhere beside the harbour
        "MOtro and MOTRO",
        "Telsa’s motor",
        "12345 ....",
        "",
    ],
)
def test_any_other_is_left_as_it_is(library: Library, question: str) -> None:
    assert respelt(question, library) == question


@pytest.mark.parametrize(
    ("question", "file"),
    [("color of the center", "statins.txt"), ("anemia", "statins.txt"), ("labelled catalogue", "motor.txt")],
)
def test_words_in_the_other_english_are_found_by_words(library: Library, question: str, file: str) -> None:
    passages = Searcher(library, Ranking.WORDS).search(question, 3)
    assert [Path(passage.path).name for passage in passages] == [file]


def test_a_search_says_what_it_looked_for(library: Library) -> None:
    typed, meant = "Which pharmacsit is it?", "Which pharmacist is it?"
    searcher = Searcher(library)
    assert searcher.find(typed, 5).asked == searcher.find(typed, 5).question == meant
    assert searcher.find(typed, 5, exactly=True).asked == typed
    assert searcher.find(meant, 5).asked == meant
    in_file = searcher.find("What does motor.txt say of the laboratroy?", 5)
    assert in_file.asked == "What does motor.txt say of the laboratroy?"


def test_a_word_of_a_new_document_is_no_slip_of_an_old_one(library: Library, tmp_path: Path) -> None:
    question = "What does Mrs Stattins keep?"
    assert respelt(question, library) == "What does Mrs Statins keep?"
    (tmp_path / "new.txt").write_text("Mrs Stattins keeps the keys of the ward.", "utf-8")
    library.ingest([tmp_path], ProgressSlot(), CancelToken())
    assert respelt(question, library) == question
