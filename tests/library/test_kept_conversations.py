"""What the ledger keeps of conversations, and how it is found, changed and erased."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from papers import LEASE, ingest

from app.domain.answers import AnswerMode, AnswerStatus, Citation, Claim, Polarity, Side
from app.domain.conversations import LONGEST_NAME, Ending, KeptAnswer, KeptTurn, Origin, Source, UsedModel
from app.domain.errors import UsageFault
from app.domain.fit import Settings
from app.domain.scope import Scope
from app.library.ledger import Ledger
from app.library.library import Library
from app.library.schema import MIGRATIONS

MORNING = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
PLACE = Citation("ab" * 32, "/papers/keys.md", "Keys", 2, 10, 30, "The nurse carries it.")
ORIGIN = Origin("0.1.0", "both", "all", 7, "ff" * 32, UsedModel("key", "MiniLM", ("cd" * 32,)))


def turn(question: str = "Who carries the key?", said: str = "The nurse carries it.", *, later: int = 0) -> KeptTurn:
    quotes = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(said, True, (PLACE,)),))
    return KeptTurn(question, MORNING + timedelta(minutes=later), Ending.COMPLETE, (quotes,), ORIGIN)


def cited(library: Library, path: Path, quote: str) -> tuple[Citation, Source]:
    """Return a place in a document of the library."""
    document = library.documents()[str(path)]
    return Citation(document, str(path), path.stem, 1, 0, len(quote), quote), Source(document, str(path))


def test_a_turn_comes_back_as_it_was(library: Library) -> None:
    nearest = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.NOT_FOUND, nearest=(PLACE,))
    written = KeptAnswer(AnswerMode.GENERATED, None, (Claim("The porter.", False, (), "No name."),), thoughts="Hm.")
    generator = UsedModel("tiny", "Tiny", ("12" * 32, "34" * 32), Settings(2_048, 512, "f16", threads=2))
    kept = replace(
        turn("Who \U0001f511 carries it?"),
        ending=Ending.STOPPED,
        answers=(nearest, written),
        origin=replace(ORIGIN, generator=generator),
        words_only="The server does not answer.",
        fault="The model stopped.",
        looked_for="Who carries the key at night?",
        scope=Scope(collections=("Wards",), types=("pdf",), since=date(2024, 1, 31)),
    )
    first = library.conversations.keep(None, kept, [])
    assert library.conversations.keep(first, turn(later=1), []) == first
    found = library.conversations.conversation(first)
    assert found.turns == (kept, turn(later=1))
    assert (found.name, found.began) == ("Who \U0001f511 carries it?", MORNING)


def test_marks_yes_and_no_and_sides_come_back(library: Library) -> None:
    claims = (
        Claim("Yes, it is.", True, (PLACE,), marked=((0, 3), (5, 7)), polarity=Polarity.YES),
        Claim("It is 5.", True, (PLACE,), side=Side("5", date(2024, 5, 3))),
        Claim("It is 6.", True, (PLACE,), side=Side("6", None)),
        Claim("6 − 5 = 1", True, (PLACE, PLACE), reckoned=True),
        Claim("It is 7.", True, (PLACE,), heading="keys.md: 1 place"),
    )
    kept = replace(turn(), answers=(KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, claims),))
    found = library.conversations.conversation(library.conversations.keep(None, kept, []))
    assert found.turns == (kept,)


def test_the_last_gone_on_with_comes_first(library: Library) -> None:
    kept = library.conversations
    first, second = kept.keep(None, turn("One?"), []), kept.keep(None, turn("Two?", later=1), [])
    assert [entry.id for entry in kept.entries()] == [second, first]
    kept.keep(first, turn("Three?", later=2), [])
    entries = kept.entries()
    assert [(entry.id, entry.name, entry.turns) for entry in entries] == [(first, "One?", 2), (second, "Two?", 1)]
    assert (entries[0].began, entries[0].last) == (MORNING, MORNING + timedelta(minutes=2))


def test_it_is_named_after_its_first_question_in_short(library: Library) -> None:
    kept = library.conversations
    kept.keep(None, turn("Who\n carries  " + "the key " * 50), [])
    (entry,) = kept.entries()
    assert entry.name.startswith("Who carries the key the key")
    assert entry.name.endswith(" the…")  # a whole word
    assert len(entry.name) <= LONGEST_NAME + 1


def test_words_find_questions_answers_and_names(library: Library) -> None:
    kept = library.conversations
    keys = kept.keep(None, turn("Who carries the key?", "Frau Größe trägt ihn."), [])
    kept.keep(keys, turn("And at night?", "The porter."), [])
    rent = kept.keep(None, turn("When is rent paid?", "On the first day: 100% of it."), [])
    kept.rename(rent, "Café lease")
    found = {
        words: [entry.id for entry in kept.entries(words)]
        for words in ("KEY", "trag grosse", "key porter", "cafe", "100%", "rent key", "_", "%", "", "  ")
    }
    assert found == {
        "KEY": [keys],
        "trag grosse": [keys],
        "key porter": [keys],
        "cafe": [rent],
        "100%": [rent],
        "rent key": [],
        "_": [],
        "%": [rent],
        "": [rent, keys],
        "  ": [rent, keys],
    }


def test_what_was_withheld_is_not_found(library: Library) -> None:
    withheld = KeptAnswer(AnswerMode.GENERATED, AnswerStatus.NOT_FOUND, (Claim("A unicorn.", False, (), "No."),))
    library.conversations.keep(None, replace(turn(), answers=(withheld,)), [])
    assert library.conversations.entries("unicorn") == []


def test_rename_and_remove(library: Library) -> None:
    kept = library.conversations
    first, second = kept.keep(None, turn("One?"), []), kept.keep(None, turn("Two?"), [])
    kept.rename(first, "  The\nkeys ")
    assert kept.conversation(first).name == "The keys"
    with pytest.raises(UsageFault, match="empty"):
        kept.rename(first, " ")
    kept.remove(first)
    assert [entry.id for entry in kept.entries()] == [second]
    assert kept.keep(None, turn("Three?"), []) > second  # an id never means another conversation


def test_an_unknown_one_is_named(library: Library) -> None:
    kept = library.conversations
    for act in (
        lambda: kept.conversation(7),
        lambda: kept.rename(7, "x"),
        lambda: kept.remove(7),
        lambda: kept.keep(7, turn(), []),
    ):
        with pytest.raises(UsageFault, match="no conversation 7"):
            act()
    assert kept.entries() == []


def test_what_is_no_text_is_kept_as_far_as_it_is(library: Library) -> None:
    first = library.conversations.keep(None, turn("Who carries \udcff it?"), [])
    assert library.conversations.conversation(first).turns[0].question == "Who carries ? it?"


def test_fields_of_other_versions_are_passed_over_or_get_their_default(library: Library) -> None:
    first = library.conversations.keep(None, turn(), [])
    with library._ledger.transaction() as connection:
        content = json.loads(connection.execute("SELECT content FROM turns").fetchone()[0])
        assert content["version"] == 1
        content["mood"] = "calm"
        del content["words_only"], content["origin"]["library"], content["answers"][0]["thoughts"]
        content["answers"][0]["claims"][0]["marks"] = [[1, 2]]
        content["answers"][0]["claims"][0]["citations"][0]["boxes"] = []
        connection.execute("UPDATE turns SET content = ?", (json.dumps(content),))
    (found,) = library.conversations.conversation(first).turns
    assert found == replace(turn(), origin=replace(ORIGIN, library=""))


def test_erasing_a_document_takes_what_was_quoted_of_it(library: Library, folder: Path) -> None:
    ingest(library, folder)
    lease, lease_source = cited(library, folder / "lease.txt", "The lodger pays the rent")
    boiler, boiler_source = cited(library, folder / "boiler.txt", "The inspector signs the red book.")
    quotes = KeptAnswer(
        AnswerMode.EXTRACTIVE,
        AnswerStatus.ANSWERED,
        (Claim(lease.quote, True, (lease,)), Claim(boiler.quote, True, (boiler,))),
    )
    written = KeptAnswer(
        AnswerMode.GENERATED,
        AnswerStatus.ANSWERED,
        (
            Claim("The inspector signs it.", True, (boiler,)),
            Claim("A lodger is late.", False, (), "Nothing says lodger."),
        ),
        thoughts="Is the lodger meant?",
    )
    nearest = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.NOT_FOUND, nearest=(lease, boiler))
    first = library.conversations.keep(
        None, replace(turn("Who signs?"), answers=(quotes, written)), [lease_source, boiler_source]
    )
    library.conversations.keep(first, replace(turn("Who?"), answers=(nearest,)), [lease_source, boiler_source])
    untouched = replace(turn("What is red?"), answers=(replace(quotes, claims=quotes.claims[1:]),))
    library.conversations.keep(first, untouched, [boiler_source])

    assert library.erase(folder / "lease.txt") == 1
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    for trace in (b"lodger", b"lease", lease.document.encode()):
        assert trace not in kept
    assert b"inspector" in kept
    one, two, three = library.conversations.conversation(first).turns
    assert one.erased
    assert [claim.text for answer in one.answers for claim in answer.claims] == [
        boiler.quote,
        "The inspector signs it.",
    ]
    assert two.erased
    assert two.answers == (replace(nearest, nearest=(boiler,)),)
    assert three == untouched
    assert library.conversations.entries("lodger") == []
    assert len(library.conversations.entries("inspector")) == 1


def test_erasing_takes_what_the_file_held_before_and_files_that_left(library: Library, folder: Path) -> None:
    ingest(library, folder)
    place, source = cited(library, folder / "lease.txt", "The lodger pays the rent")
    answer = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(place.quote, True, (place,)),))
    first = library.conversations.keep(None, replace(turn("When?"), answers=(answer,)), [source])
    (folder / "lease.txt").write_text("The tenant pays twice.")
    ingest(library, folder)
    assert library.conversations.conversation(first).turns[0].answers == (answer,)  # worth having years later
    (folder / "lease.txt").unlink()
    ingest(library, folder)
    assert library.erase(folder / "lease.txt") == 0
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    assert b"lodger" not in kept
    assert library.conversations.conversation(first).turns[0].erased
    with pytest.raises(UsageFault):
        library.erase(folder / "lease.txt")


def test_erasing_takes_what_a_follow_up_was_completed_from(library: Library, folder: Path) -> None:
    for name, text in (("secret.txt", "Agnes Dunmore holds the key."), ("open.txt", "The barn is red.")):
        (folder / name).write_text(text, "utf-8")
    ingest(library, folder)
    secret, hidden = cited(library, folder / "secret.txt", "Agnes Dunmore holds the key.")
    _, shown = cited(library, folder / "open.txt", "The barn is red.")
    first = replace(
        turn(), answers=(KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim("So.", True, (secret,)),)),)
    )
    conversation = library.conversations.keep(None, first, [hidden])
    for later, question in enumerate(("Where does she live?", "And her brother?"), start=1):
        followed = replace(turn(question, later=later), answers=(), looked_for=f"{question} Agnes Dunmore")
        library.conversations.keep(conversation, followed, [shown])
    library.erase(folder / "secret.txt")
    turns = library.conversations.conversation(conversation).turns
    assert [(kept.looked_for, kept.erased) for kept in turns] == [("", True)] * 3
    assert b"Dunmore" not in (library.folder / "ledger.sqlite").read_bytes()


def test_a_document_that_is_held_elsewhere_keeps_its_quotes(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text(LEASE)
    ingest(library, folder)
    place, source = cited(library, folder / "lease.txt", "The lodger pays the rent")
    answer = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(place.quote, True, (place,)),))
    first = library.conversations.keep(None, replace(turn("When?"), answers=(answer,)), [source])
    library.erase(folder / "lease.txt")
    assert not library.conversations.conversation(first).turns[0].erased
    library.erase(folder / "copy.txt")
    assert library.conversations.conversation(first).turns[0].erased


def test_what_is_erased_while_an_answer_is_made_is_not_kept(library: Library, folder: Path) -> None:
    ingest(library, folder)
    place, source = cited(library, folder / "lease.txt", "The lodger pays the rent")
    library.erase(folder / "lease.txt")
    answer = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(place.quote, True, (place,)),))
    first = library.conversations.keep(None, replace(turn("When?"), answers=(answer,)), [source])
    (found,) = library.conversations.conversation(first).turns
    assert found.erased
    assert found.citations == ()


def test_a_library_from_before_there_were_conversations_gets_them(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        for number, migration in enumerate(MIGRATIONS[:2], start=1):
            connection.executescript(f"BEGIN; {migration}; PRAGMA user_version = {number}; COMMIT;")
        connection.execute("INSERT INTO settings VALUES ('identity', 'old')")
        connection.commit()
    ledger = Ledger(file)
    assert ledger.setting("identity") == "old"
    assert ledger.count("SELECT count(*) FROM conversations") == 0
    assert ledger.count("PRAGMA user_version") == len(MIGRATIONS)
    ledger.close()
