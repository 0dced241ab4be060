"""How a generator did in the built-in questions, and whether that is enough to speak for documents."""

from dataclasses import dataclass, fields

LEAST_RIGHT = 0.7
"""Share of the questions with an answer that must be answered rightly.

The best quote by its words alone has the answer to 29 of the 40: whoever knows less than that may not stand before it.
"""

MOST_INVENTED = 0.1
"""Share of the sentences that may be invented.

What cannot be read off the passages is withheld, and an answer with holes is no answer. What can, but is said where
there is no answer, misleads: who is right in all else may do so with four of the 20.
"""


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a generator did with questions whose answers are known, in numbers of questions and of sentences.

    Attributes:
        answerable: questions that their passages answer.
        right: of those, how many got an accepted answer, in sentences that are supported.
        answered: of those, how many got a supported sentence, right or wrong.
        cited: of those, how many got a citation that holds an accepted answer.
        unanswerable: questions that their passages do not answer.
        silent: of those, how many got no supported sentence.
        written: sentences, in all answers.
        invented: of those, how many are not supported, or answer what the passages do not.
    """

    answerable: int = 0
    right: int = 0
    answered: int = 0
    cited: int = 0
    unanswerable: int = 0
    silent: int = 0
    written: int = 0
    invented: int = 0

    def __add__(self, other: "Qualification") -> "Qualification":
        """Return what both did together."""
        return Qualification(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def accuracy(self) -> float:
        """Share of the answerable questions that were answered rightly."""
        return self.right / max(self.answerable, 1)

    @property
    def invention(self) -> float:
        """Share of the sentences that are invented."""
        return self.invented / max(self.written, 1)

    @property
    def citation(self) -> float:
        """Share of the answers that cite where the accepted one stands."""
        return self.cited / max(self.answered, 1)

    @property
    def passed(self) -> bool:
        """Whether the generator is qualified: it may speak for documents unasked."""
        return self.accuracy >= LEAST_RIGHT and self.invention <= MOST_INVENTED

    @property
    def words(self) -> str:
        """The same for people, as the end of a sentence about the generator."""
        if not self.written:
            return f"below the mark: answers none of {self.answerable} questions"
        mark = "qualified" if self.passed else "below the mark"
        rightly = f"answers {self.right} of {self.answerable} questions rightly"
        return f"{mark}: {rightly}, invents {self.invented} of {self.written} sentences"
