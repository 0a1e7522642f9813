"""Answers, hits and articles to the JSON forms that scripts rely on. A name here is a promise; more may be added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from askdocs.datatypes import Answer, Article, Hit, Quote

if TYPE_CHECKING:
    from askdocs.errors import ReadError
    from askdocs.index import Built

ArticleOf = Callable[[str], Article]


def answer_form(answer: Answer, article_of: ArticleOf) -> dict[str, Any]:
    """Return what `askdocs ask --json` prints. Every quote's words are sliced from the stored article here."""
    return {
        "question": answer.question,
        "abstained": answer.abstained,
        "text": answer.text,
        "confidence": answer.confidence,
        "worded_by": answer.worded_by,
        "read_as": dict(answer.read_as),
        "unmentioned": list(answer.unmentioned),
        "quotes": [quote_form(quote, article_of) for quote in answer.quotes],
        "hits": [hit_form(hit, article_of) for hit in answer.hits],
    }


def search_form(question: str, hits: Sequence[Hit], article_of: ArticleOf) -> dict[str, Any]:
    """Return what `askdocs search --json` prints."""
    return {"question": question, "hits": [hit_form(hit, article_of) for hit in hits]}


def quote_form(quote: Quote, article_of: ArticleOf) -> dict[str, Any]:
    """Return a quote with what its citation shows. Positions are half-open and count characters (code points)."""
    article = article_of(quote.article_id)
    return {
        **citation_form(article),
        "sha256": quote.sha256,
        "start": quote.start,
        "end": quote.end,
        "exact": quote.words_in(article),
    }


def hit_form(hit: Hit, article_of: ArticleOf) -> dict[str, Any]:
    """Return a hit. A higher score is better; ranks count from 1."""
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": hit.score,
        "article_id": passage.article_id,
        "title": article_of(passage.article_id).title,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def citation_form(article: Article) -> dict[str, Any]:
    """Return what names an article: `null` for what its text does not give."""
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published,
        "url": article.url,
    }


def article_form(article: Article) -> dict[str, Any]:
    """Return what `askdocs read --json` prints of an article; `body` holds the spans of its own prose."""
    return {
        **citation_form(article),
        "language": article.language,
        "sha256": article.sha256,
        "text": article.text,
        "body": [list(span) for span in article.body],
    }


def built_form(built: Built, folder: str, failures: Sequence[ReadError], seconds: float) -> dict[str, Any]:
    """Return what `askdocs index --json` prints. `seconds` are those of the whole, `stages` those of its parts."""
    manifest = built.manifest
    return {
        "index": folder,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "encoder": manifest.encoder.name,
        "clustering": asdict(manifest.clustering) if manifest.clustering else None,
        "changes": asdict(built.changes),
        "failed": [{"source": failure.source, "reason": failure.reason} for failure in failures],
        "stages": dict(built.seconds),
        "seconds": seconds,
    }
