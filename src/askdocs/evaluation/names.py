"""Every measure's name, which end of it is good, and how a value of it is written."""

from __future__ import annotations

ORDER = (
    *("nDCG@10", "RR@10", "Success@1", "Success@5", "Success@10"),
    *("char_recall@5", "char_precision@5", "char_iou@5", "chars@5"),
    *("answer_hit@1", "answer_hit@5", "answer_hit@10"),
    *("quote_recall@3", "quote_precision@3", "quote_f1@3", "quote_hit@1", "quote_hit@3"),
    *("abstain_auroc", "false_answer", "false_refusal", "verbatim"),
)
"""Every measure's name, in the order of a report."""

PER_QUESTION = tuple(name for name in ORDER if name not in {"abstain_auroc", "verbatim"})
"""Measures that a single question has; the others are of all questions together."""

LOW_IS_GOOD = frozenset({"chars@5", "false_answer", "false_refusal"})
LENGTHS = frozenset({"chars@5"})
"""Measures in characters; all others are shares between 0 and 1."""

MEANING = {
    "nDCG": "relevant passages high in the ranking",
    "RR": "1 / rank of the first relevant passage",
    "Success": "a relevant passage among the first k",
    "char_recall": "share of the gold in the first passages",
    "char_precision": "share of those passages that is gold",
    "char_iou": "shared by gold and passages / either",
    "chars": "characters of those passages",
    "answer_hit": "a passage holds the answer's words",
    "quote_recall": "share of the gold in the first quotes",
    "quote_precision": "share of those quotes that is gold",
    "quote_f1": "both of them, a question at a time",
    "quote_hit": "a quote contains a gold span",
    "abstain_auroc": "confidence tells answerable questions",
    "false_answer": "unanswerable, yet answered (low is good)",
    "false_refusal": "answerable, yet refused (low is good)",
    "verbatim": "quotes that are where they say: 1 or broken",
}
"""What each measure says, in a few words, by its name before the `@`."""


def meaning(name: str) -> str:
    """Say in a few words what a measure tells."""
    return MEANING[name.partition("@")[0]]


def written(name: str, value: float) -> str:
    """Write a length whole, a share with three decimals, and never a share below 1 as 1."""
    if name in LENGTHS:
        return f"{value:,.0f}"
    return f"{min(value, 0.999) if value < 1 else value:.3f}"


def written_difference(name: str, value: float) -> str:
    """Write a difference with its sign; one that rounds to nothing has none."""
    text = f"{value:+,.0f}" if name in LENGTHS else f"{value:+.3f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")


def written_p(p: float) -> str:
    """Write a p so that a small one is not shown as none."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"  # noqa: PLR2004  what three decimals can show
