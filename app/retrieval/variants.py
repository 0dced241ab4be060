"""British and American English: how a word is spelt in the other."""

import re
from collections.abc import Iterator
from functools import lru_cache

# Letters of a word in which "ae" and "oe" may be written "e", and the other way round.
_LONG = 5

_ENDING = r"(?P<end>(?:s|ed|ing|er|ers|able|al|ful|hood|ism|ist|ite|ites|less|ly|ation|ations)?)\Z"
_L_ENDING = r"(?P<end>ed|ing|er|ers|or|ors)\Z"
_STEM = r"\A(?P<stem>\w{2,}?)"
# Each pair is replaced in both directions. What comes of it and is no word stands in no document.
_PAIRS = (
    (rf"{_STEM}our{_ENDING}", "or"),
    (rf"{_STEM}or{_ENDING}", "our"),
    (rf"{_STEM}(?<=[a-z]{{3}})is(?P<end>e|es|ed|ing|er|ers|ation|ations|ational)\Z", "iz"),
    (rf"{_STEM}(?<=[a-z]{{3}})iz(?P<end>e|es|ed|ing|er|ers|ation|ations|ational)\Z", "is"),
    (rf"{_STEM}ys(?P<end>e|es|ed|ing|er|ers)\Z", "yz"),
    (rf"{_STEM}yz(?P<end>e|es|ed|ing|er|ers)\Z", "ys"),
    (rf"{_STEM}(?<=[bt])re(?P<end>s?)\Z", "er"),
    (rf"{_STEM}(?<=[bt])er(?P<end>s?)\Z", "re"),
    (rf"\A(?P<stem>\w*[aeiou]\w*[aeio])ll{_L_ENDING}", "l"),
    (rf"\A(?P<stem>\w*[aeiou]\w*[aeio])l{_L_ENDING}", "ll"),
    (r"\A(?P<stem>def|lic|off|pret)ence(?P<end>s?)\Z", "ense"),
    (r"\A(?P<stem>def|lic|off|pret)ense(?P<end>s?)\Z", "ence"),
    (r"\A(?P<stem>anal|catal|dial|monol|prol)ogue(?P<end>s?)\Z", "og"),
    (r"\A(?P<stem>anal|catal|dial|monol|prol)og(?P<end>s?)\Z", "ogue"),
    (r"\A(?P<stem>program)me(?P<end>s?)\Z", ""),
    (r"\A(?P<stem>program)(?P<end>s?)\Z", "me"),
    (r"\A(?P<stem>\w*sul)ph(?P<end>\w*)\Z", "f"),
    (r"\A(?P<stem>\w*sul)f(?P<end>\w*)\Z", "ph"),
    (r"\A(?P<stem>gr)ey(?P<end>\w*)\Z", "ay"),
    (r"\A(?P<stem>gr)ay(?P<end>\w*)\Z", "ey"),
)
_REPLACED = tuple((re.compile(pattern), other) for pattern, other in _PAIRS)
# As in "anaemia" and "oedema".
_LIGATURE = re.compile(r"[ao]e")


@lru_cache(1_024)
def variants(word: str) -> tuple[str, ...]:
    """Return how a word may be spelt in the other English; also what is no word, which no document has.

    Args:
        word: in small letters.
    """
    return tuple(_variants(word))


def _variants(word: str) -> Iterator[str]:
    for pattern, other in _REPLACED:
        if found := pattern.match(word):
            yield f"{found['stem']}{other}{found['end']}"
    if len(word) > _LONG:
        yield from (word[: found.start()] + "e" + word[found.end() :] for found in _LIGATURE.finditer(word))
    if len(word) >= _LONG:
        for place in (place for place, letter in enumerate(word) if letter == "e"):
            yield from (word[:place] + other + word[place + 1 :] for other in ("ae", "oe"))
