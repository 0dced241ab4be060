"""From a question to passages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Protocol

from app.domain.answers import Passage
from app.domain.documents import StoredChunk
from app.domain.errors import EnvironmentFault, LecternError, ModelFault
from app.domain.scope import EVERYTHING, Scope, Searched
from app.jobs.cancel import CancelToken
from app.library.scopes import Selection
from app.models.reranker import PASSAGES
from app.retrieval import definitions, naming, widening, words
from app.retrieval.fusion import DEFINES, Fused, fuse, gains, likenesses
from app.retrieval.meaning import SMALL_WORD, Interaction, Space, interactions, rarity, similarities, similarities_to
from app.retrieval.reranking import Reranker, reranked
from app.retrieval.sought import Documents, Sought, sought_by

CANDIDATES = 200
"""Chunks asked of the full-text index."""

DEFINING = 1_000
"""Chunks with a term that are looked through for one that defines it: BM25 thinks little of those that have it once."""

COMPARED = 60
"""Chunks that are compared with the question word by word: those that lead by what costs less."""


class Ranking(StrEnum):
    """What passages are ranked by: all that there is, or less, to see what each part is worth."""

    WORDS = "words"
    MEANING = "meaning"
    FUSED = "fused"
    WORD_BY_WORD = "word-by-word"
    ALL = "all"


class ChunkIndex(Documents, Protocol):
    """What a search uses of a library."""

    @property
    def space(self) -> Space | None:
        """The vectors of the embedder that is in use now; None = there is none."""

    def of_document(self, document: str) -> Selection:
        """Return the chunks of one document (SHA-256)."""

    def searched(self, scope: Scope) -> Searched:
        """Say how many documents are in scope, and which files in scope are not among them."""

    def passages(self) -> int:
        """Count the chunks."""

    def day_of(self, document: str) -> date | None:
        """Return the day of a document (SHA-256); None = not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        question: what was looked for: the question, without the words that only name a document.
        passages: best first; several may be of one page.
        named: the question names a document, and that document is here.
        sides: documents (SHA-256) that the question names to have them compared; none where it names fewer than two.
        fault: why it was looked for by words only, such as that the embedder's server is away; None = it was not.
        unranked: why the reranker, which should have, did not rank them; None = it did, or there is none.
        asked: the question as it was asked, with words put right that no document has.
        respelt: some were.
    """

    question: str
    passages: tuple[Passage, ...]
    named: bool = False
    sides: tuple[str, ...] = ()
    fault: EnvironmentFault | None = None
    unranked: LecternError | None = None
    asked: str = ""
    respelt: bool = False


def no_reranker() -> None:
    """Use no reranker."""


def ignore(_found: Found) -> None:
    """Wait for the end."""


class Searcher:
    """Finds passages by words and by meaning; by one of them where the other is missing. Any thread may use it.

    Args:
        library: is searched.
        reranker: tells which reads the best passages once more, anew for each question; None = none does.

    Attributes:
        library: is searched.
        ranking: what passages are ranked by.
    """

    def __init__(
        self,
        library: ChunkIndex,
        ranking: Ranking = Ranking.ALL,
        reranker: Callable[[], Reranker | None] = no_reranker,
    ) -> None:
        self.library = library
        self.ranking = ranking
        self._reranker = reranker

    def ranked_by(self, ranking: Ranking) -> "Searcher":
        """Return one that searches the same library and ranks by other things."""
        return Searcher(self.library, ranking, self._reranker)

    def search(self, question: str, top: int, scope: Scope = EVERYTHING) -> list[Passage]:
        """Return the ``top`` pages for a question, best first, each by its best passage; see `find`."""
        return one_per_page(self.find(question, CANDIDATES, scope=scope).passages)[:top]

    def day_of(self, document: str) -> date | None:
        """Return the day on which a document (SHA-256) was made, or its file changed last; None = not known."""
        return self.library.day_of(document)

    def searched(self, scope: Scope) -> Searched:
        """Say how many documents are in scope, and which files in scope are not among them."""
        return self.library.searched(scope)

    def find(
        self,
        question: str,
        limit: int,
        cancel: CancelToken | None = None,
        so_far: Callable[[Found], None] = ignore,
        scope: Scope = EVERYTHING,
        exactly: bool = False,
    ) -> Found:
        """Return the ``limit`` best passages for a question, of the documents in scope.

        Args:
            question: in the user's words.
            limit: of passages.
            cancel: stops a reranker within a fifth of a second.
            so_far: is told what was found before a reranker reads it.
            scope: the documents that are searched.
            exactly: no word counts as mistyped.

        Raises:
            UsageFault: the scope names what is not in the library, or holds no document that can be searched.
            Cancelled: stop was asked for.
        """
        reranker = self._reranker() if self.ranking is Ranking.ALL else None
        found = self._find(question, limit if reranker is None else max(limit, PASSAGES), scope, exactly)
        if reranker is not None and found.passages:
            so_far(replace(found, passages=found.passages[:limit]))
            try:
                ranked = reranked(reranker, found.question, found.passages, cancel or CancelToken())
                found = replace(found, passages=tuple(ranked))
            except (EnvironmentFault, ModelFault) as fault:
                found = replace(found, unranked=fault)
        return replace(found, passages=found.passages[:limit])

    def selected(self, found: Found, limit: int) -> Found:
        """Return the ``limit`` passages that tell most together: nothing twice, and what is compared side by side."""
        if self.ranking is not Ranking.ALL:
            return replace(found, passages=found.passages[:limit])
        compares = bool(found.sides) or (naming.compares(found.question) and not found.named)
        passages = widening.distinct(found.passages, by_document=compares)
        if compares:
            passages = widening.spread(passages, found.sides)
        return replace(found, passages=tuple(passages[:limit]))

    def widened(self, found: Found) -> Found:
        """Return passages with what they need to be understood, those joined that touch."""
        if self.ranking is not Ranking.ALL or not found.passages:
            return found
        first, *others = widening.joined(found.passages)
        definitions = widening.explaining(found.passages, self.library)
        return replace(found, passages=(first, *definitions, *others))

    def _find(self, question: str, limit: int, scope: Scope, exactly: bool) -> Found:
        sought = sought_by(question, self.library, scope, exactly or self.ranking is not Ranking.ALL)
        by_words, boost = self._by_words(sought)
        space = self.library.space if self.ranking is not Ranking.WORDS else None
        vectors, fault = None, None
        by_meaning: dict[int, float] = {}
        if space is not None:
            try:
                vectors = space.of_question(sought.wanted)
                others = by_words.keys() | boost.keys()
                by_meaning = similarities(space, vectors.vector, others, sought.within, self.library.passages())
            except EnvironmentFault as error:
                space, vectors, fault = None, None, error
        scored = fuse({} if self.ranking is Ranking.MEANING else by_words, by_meaning)
        fused = {key: _more(score, boost.get(key, 0.0)) for key, score in scored.items()}
        known = {chunk.chunk_id: chunk for chunk in self.library.chunks(_best(fused, max(COMPARED, limit)))}
        compared = list(known.values())[:COMPARED]
        met: dict[int, Interaction] = {}
        if space is not None and vectors is not None and self.ranking in (Ranking.WORD_BY_WORD, Ranking.ALL):
            met = interactions(space, vectors, compared, self._weights(sought.wanted))
        asks = words.asks(sought.wanted)
        # Those that are not compared gain nothing, and so come after.
        gained = gains(met, [chunk.chunk_id for chunk in compared], asks=asks)
        fused = {key: _more(fused[key], gained.get(key, 0.0)) for key in known}
        if space is not None and self.ranking is Ranking.ALL and not (sought.named or asks):
            fused = _nearer_the_best(space, fused)
        paths = sought.within.paths if sought.within else {}
        passages = tuple(passage_of(known[key], paths, fused[key], met.get(key)) for key in _best(fused, limit))
        return Found(
            sought.wanted, passages, sought.named, sought.sides, fault, asked=sought.asked, respelt=sought.respelt
        )

    def _weights(self, question: str) -> Callable[[str], float]:
        """Return what tells how much a word of a question weighs."""
        little, passages = words.small_words(question), self.library.passages()
        return lambda word: SMALL_WORD if word in little else rarity(self.library.frequency(word), passages)

    def _by_words(self, sought: Sought) -> tuple[dict[int, float], dict[int, float]]:
        """Return BM25 by chunk, and what a chunk gains by being of a document that is named, or by defining a term."""
        if sought.documents:
            scores, boost = self._in_named(sought)
        else:
            expression = words.expression(sought.wanted, self.library.frequency)
            scores = dict(self.library.find_words(expression, CANDIDATES, sought.within)) if expression else {}
            boost = {}
        defining = self._defining(sought) if self.ranking is Ranking.ALL else {}
        for key in defining:
            boost[key] = boost.get(key, 0.0) + DEFINES
        return defining | scores, boost

    def _in_named(self, sought: Sought) -> tuple[dict[int, float], dict[int, float]]:
        """Return the same for the documents that a question names."""
        scores: dict[int, float] = {}
        boost: dict[int, float] = {}
        expression = words.expression(sought.wanted)
        for document, certainty in sought.documents.items() if expression else ():
            of_it = self.library.of_document(document)
            scores |= self.library.find_words(expression, CANDIDATES, of_it)
            # The words of the name count for nothing here, but bring the first page, which answers in other words.
            anything = self.library.find_words(words.expression(sought.question), CANDIDATES, of_it)
            boost |= {key: certainty for key, _ in anything}
        return scores, boost

    def _defining(self, sought: Sought) -> dict[int, float]:
        """Return the chunks that say what the term means which is asked for, with their BM25 for the term."""
        term = definitions.term_asked(sought.wanted)
        in_a_row = words.in_a_row(term)
        if not in_a_row or self.library.frequency(in_a_row) > words.MOST_HITS:
            return {}
        looked_through = list[Selection | None](map(self.library.of_document, sought.documents)) or [sought.within]
        scores = [self.library.find_words(f'"{in_a_row}"', DEFINING, part) for part in looked_through]
        having = dict(chain.from_iterable(scores))
        chunks = self.library.chunks(list(having))
        return {one.chunk_id: having[one.chunk_id] for one in chunks if definitions.chunk_defines(term, one.chunk)}


def one_per_page(passages: Iterable[Passage]) -> list[Passage]:
    """Keep the first passage of each page."""
    pages: dict[tuple[str, int], Passage] = {}
    for passage in passages:
        pages.setdefault((passage.document, passage.page), passage)
    return list(pages.values())


def _best(fused: Mapping[int, Fused], limit: int) -> list[int]:
    return sorted(fused, key=lambda key: (-fused[key].score, key))[:limit]


def _nearer_the_best(space: Space, fused: dict[int, Fused]) -> dict[int, Fused]:
    """Return scores with what chunks gain by being like the leading one."""
    if not fused:
        return fused
    (leading,) = _best(fused, 1)
    gained = likenesses(similarities_to(space, leading, fused), fused)
    return {key: _more(scores, gained[key]) for key, scores in fused.items()}


def _more(fused: Fused, gain: float) -> Fused:
    return replace(fused, score=fused.score + gain)


def passage_of(found: StoredChunk, paths: Mapping[str, str], fused: Fused, met: Interaction | None = None) -> Passage:
    """Return a chunk with its scores, under the path that ``paths`` has for its document (SHA-256), if any."""
    return Passage(
        found.chunk_id,
        found.document,
        paths.get(found.document, found.path),
        found.title,
        found.chunk,
        fused.score,
        fused.words,
        fused.meaning,
        met.whole if met else 0.0,
        met.sentences if met else (),
        met.pairs if met else (),
    )
