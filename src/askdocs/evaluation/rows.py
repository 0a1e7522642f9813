"""A report goes in; a file of JSON lines comes out, one question a line, for comparing two runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from askdocs.evaluation.run import Report, Result


def save_rows(report: Report, file: Path) -> None:
    """Write one JSON object a question: its hits and quotes by position, its confidence and its measures.

    Raises:
        OSError: the file cannot be written.
    """
    with file.open("w", encoding="utf-8", newline="\n") as lines:
        for result in report.results:
            lines.write(json.dumps(_row(result), ensure_ascii=False) + "\n")


def _row(result: Result) -> dict[str, Any]:
    return {
        "id": result.question.id,
        "hits": [{"passage": hit.passage.id, "score": hit.score} for hit in result.answer.hits],
        "quotes": [
            {"article_id": quote.article_id, "start": quote.start, "end": quote.end} for quote in result.answer.quotes
        ],
        "confidence": result.answer.confidence,
        "abstained": result.answer.abstained,
        "measures": dict(result.measures),
        "seconds": result.seconds,
    }
