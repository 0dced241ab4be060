"""English words that several rooms need."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def count(number: int, singular: str, plural: str = "") -> str:
    """Say how many: ``1 document``, ``1,234 documents``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def words(text: str) -> frozenset[str]:
    """Return the words of a list in which spaces stand between them."""
    return frozenset(text.split())
