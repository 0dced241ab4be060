"""Texts on which tokenizers and runtimes are known to differ."""

import numpy as np

_WORDS = [
    "lease",
    "tenant",
    "notice",
    "agreement",
    "revenue",
    "rotterdam",
    "warehouse",
    "delivery",
    "invoice",
    "termination",
    "liability",
    "quarter",
    "naïve",
    "résumé",
    "größe",
    "señor",
    "łódź",
    "ångström",
    "東京",
    "契約",
    "機械",
    "서울",
    "계약",
    "договор",
    "срок",
    "عقد",
    "שלום",
    "½",
    "€",
    "§12",
    "3.4",
    "1,234.56",
    "B-7/x_y",
]
_FIXED = (
    "",
    "x",
    "NOTICE OF TERMINATION",
    "Notice of Termination",
    "Naïve Café RÉSUMÉ Ünïcode ÀÉÎÕÜ Łódź Ångström",
    "Cafe\u0301 nai\u0308ve re\u0301sume\u0301",
    "東京都の賃貸契約は三月三十一日に終了します。",
    "租赁协议于三月三十一日终止。",
    "임대차 계약은 3월 31일에 종료됩니다.",
    "Договор аренды истекает 31 марта.",
    "[CLS] [SEP] [MASK] in a document is text",
    "tabs\tand\nlines\r\nand\u00a0spaces\u200b and \x00 controls",
    "pneumonoultramicroscopicsilicovolcanoconiosis" * 4,
    "🙂 emoji 👩‍👩‍👧 and ﬁ ligatures ﬂ",
    "The lease ends on 31 March 2026 unless both parties renew it in writing. " * 130,  # about 2,000 tokens
)


def parity_texts(number: int) -> list[str]:
    """Return so many texts: some fixed ones, then words drawn at random in several scripts, in all lengths."""
    chooser = np.random.default_rng(0)
    drawn = []
    for _ in range(number - len(_FIXED)):
        words = chooser.choice(_WORDS, int(chooser.integers(1, 60)))
        cased = [word.upper() if chooser.random() < 0.2 else word.title() for word in words]
        drawn.append(" ".join(cased))
    return [*_FIXED, *drawn]
