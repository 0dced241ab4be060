"""Questions in a conversation: kept as they were answered, and answered again."""

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import Scripted

from app.answering.answerer import Answerer, AskMode, ClaimChecked, PassagesFound
from app.answering.comparison import Aspect
from app.answering.conversation import (
    ConversationEvent,
    Conversations,
    Repetition,
    TurnKept,
    TurnNotKept,
    earlier_turns,
)
from app.answering.follow_up import EarlierTurn
from app.answering.generation import SEED
from app.domain.answers import NEAREST, AnswerMode, AnswerStatus
from app.domain.conversations import Ending, KeptTurn, Origin, Source, UsedModel, kept
from app.domain.errors import Cancelled, EnvironmentFault, UsageFault
from app.domain.fit import Settings
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.conversations import KeptConversations
from app.library.library import Library
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator
from app.retrieval.search import Searcher

QUESTION = "Who built the mill at Orrin?"
FOREIGN = "Which enzyme repairs oxidised guanine in mitochondrial DNA?"
TRUE = "The mill at Orrin was built in 1764 by Agnes Dunmore."
TINY = UsedModel("tiny", "Tiny", ("ab" * 32,))
ORIGIN = Origin("0.1.0", library="one", embedder=UsedModel("key", "MiniLM"), generator=TINY)


def talking(library: Library, generator: Scripted | LlamaCppGenerator | None, origin: Origin = ORIGIN) -> Conversations:
    """Return a service that answers from a library."""
    answerer = Answerer(Searcher(library), generator)
    return Conversations(library.conversations, answerer, lambda: origin, library.documents)


def only_turn(library: Library, conversation: int) -> KeptTurn:
    (turn,) = library.conversations.conversation(conversation).turns
    return turn


class Heard:
    """What was told, and which conversation it was kept in."""

    def __init__(self, then: Callable[[ConversationEvent], None] = lambda _event: None) -> None:
        self.events: list[ConversationEvent] = []
        self._then = then

    def __call__(self, event: ConversationEvent) -> None:
        self.events.append(event)
        self._then(event)

    @property
    def conversation(self) -> int:
        (found,) = [event.conversation for event in self.events if isinstance(event, TurnKept)]
        return found


def test_a_turn_is_kept_as_it_was_answered(papers: Library) -> None:
    heard = Heard()
    talk = talking(papers, Scripted(f"{TRUE} It was painted red by Petra.", thoughts="Hm."))
    answers = talk.ask(None, QUESTION, AskMode.BOTH, CancelToken(), heard)
    assert isinstance(heard.events[0], PassagesFound)
    assert heard.events[-1] == TurnKept(heard.conversation)
    turn = only_turn(papers, heard.conversation)
    assert (turn.question, turn.ending, turn.words_only, turn.fault) == (QUESTION, Ending.COMPLETE, "", "")
    assert turn.answers == tuple(map(kept, answers))
    assert [claim.supported for claim in turn.answers[1].claims] == [True, False]
    assert turn.answers[1].thoughts == "Hm."
    assert turn.origin == replace(ORIGIN, mode="both", ranking="all", seed=SEED)


def test_the_next_question_goes_into_the_same_conversation(papers: Library) -> None:
    talk, first, second = talking(papers, None), Heard(), Heard()
    talk.ask(None, QUESTION, AskMode.EXTRACTIVE, CancelToken(), first)
    talk.ask(first.conversation, FOREIGN, AskMode.EXTRACTIVE, CancelToken(), second)
    assert second.conversation == first.conversation
    one, two = papers.conversations.conversation(first.conversation).turns
    assert one.origin.generator is None  # none wrote
    (refusal,) = two.answers
    assert (refusal.status, refusal.claims, len(refusal.nearest)) == (AnswerStatus.NOT_FOUND, (), NEAREST)


def test_a_follow_up_is_kept_and_asked_again_as_it_was_looked_for(papers: Library) -> None:
    talk, heard = talking(papers, None), Heard()
    earlier, scope = (EarlierTurn("When was the mill at Orrin built?"),), Scope(types=("txt",))
    talk.ask(None, "and by whom?", AskMode.EXTRACTIVE, CancelToken(), heard, earlier, scope)
    turn = only_turn(papers, heard.conversation)
    assert (turn.question, turn.scope) == ("and by whom?", scope)
    assert turn.looked_for == "When was the mill at Orrin built, and by whom?"
    (again,) = repeated(talk, heard.conversation)
    assert again.same
    (gone_on_with,) = earlier_turns(papers.conversations.conversation(heard.conversation))
    assert gone_on_with.question == turn.looked_for
    assert "Agnes Dunmore" in gone_on_with.answer


@pytest.mark.parametrize("exactly", [False, True])
def test_a_mistyped_question_is_asked_again_as_it_was_looked_for(papers: Library, exactly: bool) -> None:
    talk, heard = talking(papers, None), Heard()
    typed = "What about the granray?"
    talk.ask(None, typed, AskMode.EXTRACTIVE, CancelToken(), heard, exactly=exactly)
    turn = only_turn(papers, heard.conversation)
    assert turn.looked_for == ("" if exactly else typed.replace("granray", "granary"))
    (again,) = repeated(talk, heard.conversation)
    assert again.same
    assert bool(again.answers[0].claims) is not exactly


def test_what_was_stopped_is_kept_as_far_as_it_came(papers: Library) -> None:
    cancel = CancelToken()

    def stop(event: ConversationEvent) -> None:
        if isinstance(event, ClaimChecked) and event.mode is AnswerMode.GENERATED:
            cancel.cancel()

    heard = Heard(stop)
    with pytest.raises(Cancelled):
        talking(papers, Scripted(f"{TRUE} ", "It ground ", "barley. ")).ask(None, QUESTION, AskMode.BOTH, cancel, heard)
    turn = only_turn(papers, heard.conversation)
    assert turn.ending is Ending.STOPPED
    quoted, written = turn.answers
    assert quoted.status is AnswerStatus.ANSWERED
    assert (written.status, [claim.text for claim in written.claims]) == (None, [TRUE])
    assert turn.origin.generator == TINY


def test_what_failed_is_kept_with_the_reason(papers: Library) -> None:
    def crash(_cancel: CancelToken) -> None:
        raise EnvironmentFault("The model stopped.", "Ask again.")

    heard = Heard()
    with pytest.raises(EnvironmentFault):
        talking(papers, Scripted(TRUE, before=crash)).ask(None, QUESTION, AskMode.BOTH, CancelToken(), heard)
    turn = only_turn(papers, heard.conversation)
    assert (turn.ending, turn.fault) == (Ending.FAILED, "The model stopped. Ask again.")
    assert [answer.mode for answer in turn.answers] == [AnswerMode.EXTRACTIVE]


def test_an_empty_question_is_not_kept(papers: Library) -> None:
    before, heard = papers.conversations.entries(), Heard()
    with pytest.raises(UsageFault):
        talking(papers, None).ask(None, " ", AskMode.EXTRACTIVE, CancelToken(), heard)
    assert (papers.conversations.entries(), heard.events) == (before, [])


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(papers: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: KeptConversations, _conversation: int | None, _turn: KeptTurn, _sources: Iterable[Source]) -> int:
        raise EnvironmentFault("The disk is full.")

    monkeypatch.setattr(KeptConversations, "keep", full)
    heard = Heard()
    (answer,) = talking(papers, None).ask(None, QUESTION, AskMode.EXTRACTIVE, CancelToken(), heard)
    assert "Agnes Dunmore" in answer.text
    last = heard.events[-1]
    assert isinstance(last, TurnNotKept)
    assert "disk is full" in str(last.fault)


def repeated(talk: Conversations, conversation: int) -> list[Repetition]:
    return list(talk.repeat(conversation, CancelToken()))


def asked(talk: Conversations, *questions: str, mode: AskMode = AskMode.BOTH) -> int:
    conversation: int | None = None
    for question in questions:
        heard = Heard()
        talk.ask(conversation, question, mode, CancelToken(), heard)
        conversation = heard.conversation
    assert conversation is not None
    return conversation


def test_nothing_changed_and_nothing_differs(papers: Library) -> None:
    talk = talking(papers, None)
    conversation = asked(talk, QUESTION, FOREIGN)
    for repetition in repeated(talk, conversation):
        assert repetition.same
        assert repetition.differences == ()
    assert len(papers.conversations.conversation(conversation).turns) == 2  # repeating keeps nothing


def test_what_differs_is_said_with_its_causes(papers: Library) -> None:
    conversation = asked(talking(papers, Scripted(TRUE)), QUESTION)
    other = UsedModel("big", "Big", ("cd" * 32,))
    now = replace(ORIGIN, version="0.2.0", library="two", embedder=None, generator=other)
    (repetition,) = repeated(talking(papers, Scripted("Its wheel is 7.5 metres high."), now), conversation)
    assert not repetition.same
    assert [(difference.aspect, difference.text) for difference in repetition.differences] == [
        (Aspect.DOCUMENTS, "The library does not hold the same documents as then."),
        (Aspect.MODELS, "MiniLM found by meaning then, and no model now."),
        (Aspect.MODELS, "Tiny wrote then, and Big now."),
        (Aspect.SETTINGS, "It was Lectern 0.1.0 then, and is 0.2.0 now."),
        (Aspect.CLAIMS, f"It said then: “{TRUE}”"),
        (Aspect.CLAIMS, "It says now: “Its wheel is 7.5 metres high.”"),
    ]


def test_a_model_that_was_loaded_in_another_way_is_no_other_model(papers: Library) -> None:
    def made(context: int) -> Origin:
        return replace(ORIGIN, generator=replace(TINY, settings=Settings(context, 512, "f16", threads=1)))

    conversation = asked(talking(papers, Scripted(TRUE), made(2_048)), QUESTION)
    (repetition,) = repeated(talking(papers, Scripted(TRUE), made(1_024)), conversation)
    assert repetition.same
    assert [difference.aspect for difference in repetition.differences] == [Aspect.SETTINGS]


def test_a_changed_and_a_missing_document_are_named(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "mill.txt").write_text("The mill at Orrin was built by Agnes Dunmore. It ground barley.")
    (folder / "ferry.txt").write_text("The ferry to Skarholm leaves at six in the morning.")

    def take_in() -> None:
        library.ingest([folder], ProgressSlot(), CancelToken())

    def origin() -> Origin:
        return replace(ORIGIN, library=library.fingerprint())

    take_in()
    conversation = asked(talking(library, None, origin()), QUESTION, "When does the ferry to Skarholm leave?")
    (folder / "mill.txt").write_text("The mill at Orrin was built by Petra Valk. It ground barley.")
    (folder / "ferry.txt").unlink()
    take_in()
    mill, ferry = repeated(talking(library, None, origin()), conversation)
    assert not mill.same
    assert not ferry.same
    assert "mill.txt was changed." in [difference.text for difference in mill.differences]
    assert "ferry.txt is not in the library any more." in [difference.text for difference in ferry.differences]


def test_an_answer_that_was_stopped_is_said_to_be(papers: Library) -> None:
    cancel = CancelToken()
    heard = Heard(lambda event: cancel.cancel() if isinstance(event, ClaimChecked) else None)
    talk = talking(papers, None)
    with pytest.raises(Cancelled):
        talk.ask(None, QUESTION, AskMode.EXTRACTIVE, cancel, heard)
    (repetition,) = repeated(talk, heard.conversation)
    assert not repetition.same
    assert repetition.differences[0].text == "It was stopped then."


class Unbound(LlamaCppGenerator):
    """A model that no grammar binds, as on many servers: bound, the starter model says only that it has no answer."""

    @property
    def binds(self) -> bool:
        return False


@pytest.fixture(scope="module")
def writers() -> Iterator[Callable[[], LlamaCppGenerator]]:
    """Makes the real starter model, in a process of its own each time."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed")
    made: list[LlamaCppGenerator] = []

    def make() -> LlamaCppGenerator:
        made.append(Unbound(starter_generator(), FixedLoading(Settings(2_048, 512, "f16", threads=1))))
        return made[-1]

    yield make
    for generator in made:
        generator.close()


def test_the_starter_models_answer_the_same_again(papers: Library, writers: Callable[[], LlamaCppGenerator]) -> None:
    questions = (
        QUESTION,
        "How much did the Kettle Society earn in 2018?",
        FOREIGN,
        "Who brought the grey bee to the valley?",
    )
    conversation = asked(talking(papers, writers()), *questions)
    said = [turn.answers[1].claims for turn in papers.conversations.conversation(conversation).turns]
    assert sum(map(bool, said)) >= 2  # the model did write
    # In another process, of a model that has not read the question before: nothing is remembered.
    for repetition in repeated(talking(papers, writers()), conversation):
        assert repetition.same, repetition.differences
        assert repetition.differences == ()
