"""An index goes in; questions drawn from its own articles come out, without a model: a question set to start from.

Three kinds. `sentence`: the distinctive words of a sentence that holds a name, or a number where no capital tells a
name, in their order and without the number; gold is that sentence. `headline`: an article's title; gold is the article.
`absent`: either of them with its names swapped for names that no passage holds, so that nothing answers.

They are known-item queries, and easy, as their words are the articles' own: real questions paraphrase.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from askdocs.datatypes import Article
from askdocs.errors import DatasetError
from askdocs.evaluation.dataset import Gold, Question
from askdocs.evaluation.own_form import ARTICLE_FILES, QUESTION_FILE
from askdocs.index import OpenIndex
from askdocs.index.durable import write_durably
from askdocs.terms import content_terms, terms

Kind = Literal["sentence", "headline", "absent"]

SHARES: dict[Kind, float] = {"absent": 0.4, "headline": 0.2, "sentence": 0.4}
"""Of fifty questions twenty cannot be answered: as many as `calibration.ENOUGH` asks for."""

_ABSENT_HEADLINES = 0.3
"""Of the absent questions: headlines come in a reader's own order of words."""

_WORDS = 6
"""Distinctive words that a sentence gives, whole names counted as they come."""

_OF_NAMES = 2.0
"""What a name's word counts beside its idf: a name says what a sentence is about, however often it comes."""

_FEWEST_WORDS = 5
_TELLING_TITLE = 3
"""Different words, beside those that any question has, without which a title is a name and no question."""

_LENGTHS = range(60, 301)
"""Characters of a sentence that is drawn from: shorter ones are scraps, longer ones lists and legal text."""

_LEAST_LETTERS = 0.85
"""Of a sentence's characters that are not white space: tables, references and formulas have fewer."""

_CASED = 0.005
"""Of an article's characters: with fewer capitals it was put in lower case, or its script has none."""

_READ_FOR_CAPITALS = 10_000
"""Characters of an article."""

_COPIES_LOOKED_AT = 10

_FEWEST_NAMES = 2
_OTHER_WORDS = 3
"""Words beside the names of an absent question: with more of them the sentence answers, whatever the name."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_STATEMENT = re.compile(r"[.!][”’\"')\]]*$")
_BEGINNING = re.compile(r"[“‘\"'(]?(?P<letter>[^\W\d_])")
_PLAIN_BEGINNING = re.compile(r"(?:the|an?|our|in) ")
"""In a text put in lower case, of what is surely the beginning of a sentence."""
_LEANS_ON_WHAT_IS_BEFORE = re.compile(
    r"[“‘\"'(]?(?:he|she|it|they|we|i|you|his|her|its|their|our|my|this|that|these|those|there|here|such|another|and|but"
    r"|so|or|yet|also|then|if|because|which|who|both|as)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"[^a-z]{3}.{0,40}? [–—-] ")
_MACHINE_WRITTEN = re.compile(r"[<>{}\[\]|\\=@_*#^~]|https?:|www\.|…|\.\.\.|\n")
_CONTRACTION = re.compile(r"\w+n['’]t")
_NO_NAME = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|mrs?|ms|dr|sir|dame|[a-z]",
    re.IGNORECASE,
)
_SYLLABLES = tuple(
    syllables.split()
    for syllables in (
        "bra dol fen gor hal ket lum mar nor ost pel quin ras sel tor ulm vel wex yar zan",
        "a e i o u",
        "bury dor ford kova lund mere nia rath ssen thal vak wick",
    )
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question and how it was drawn."""

    question: Question
    kind: Kind


def drawn_questions(index: OpenIndex, count: int, seed: int) -> list[Drawn]:
    """Draw so many questions, always the same from the same index by the same seed; fewer where it gives no more.

    What too few headlines or names leave free is filled with sentences.
    """
    chance = np.random.default_rng(seed)
    names = _Names(index, chance)
    headlines = list(_headlines(index, chance))
    wanted_absent, wanted_headlines = round(SHARES["absent"] * count), round(SHARES["headline"] * count)
    known = [Drawn(question, "headline") for question in headlines[:wanted_headlines]]
    others = headlines[wanted_headlines : wanted_headlines + round(_ABSENT_HEADLINES * wanted_absent)]
    absent = [Drawn(one, "absent") for one in map(names.swapped_in_headline, others) if one is not None]
    wanted_known = count - wanted_absent
    for question in _sentences(index, chance):
        left_known, left_absent = wanted_known - len(known), wanted_absent - len(absent)
        swapped = names.swapped_in_words(question) if left_absent >= max(left_known, 1) else None
        if swapped is not None:
            absent.append(Drawn(swapped, "absent"))
        elif left_known > 0:
            known.append(Drawn(question, "sentence"))
        if len(known) + len(absent) >= count:
            break
    return [*known, *absent]


# --- what is there ----------------------------------------------------------------------------------------------------


def _headlines(index: OpenIndex, chance: np.random.Generator) -> Iterator[Question]:
    """Yield titles that say something, as questions, in an order drawn by chance; none that two articles share."""
    summaries = index.articles.summaries
    shared = Counter(" ".join(terms(summary.title)) for summary in summaries)
    for place in chance.permutation(len(summaries)).tolist():
        summary = summaries[place]
        title = " ".join(summary.title.split())
        if (
            shared[" ".join(terms(title))] == 1
            and len(set(content_terms(title))) >= _TELLING_TITLE
            and summary.passages
        ):
            yield Question(f"headline-{summary.id}", title, answerable=True, gold_articles=(summary.id,))


def _sentences(index: OpenIndex, chance: np.random.Generator) -> Iterator[Question]:
    """Yield sentences' distinctive words as questions, in an order drawn by chance, the articles in turn."""
    rows = chance.permutation(len(index.sentences)).tolist()
    asked: set[str] = set()
    while rows:
        left, taken = [], set()
        for row in rows:
            article_row = index.passages.article_of_sentence(row)
            if article_row in taken:
                left.append(row)
                continue
            article = index.articles.at(article_row)
            ((start, end),) = index.sentences.places(range(row, row + 1))
            words = _distinctive(index, article, article.text[start:end])
            if words is None or words in asked or _stands_elsewhere(index, article, article.text[start:end]):
                continue
            taken.add(article_row)
            asked.add(words)
            gold = Gold(article.id, start, end, article.text[start:end])
            yield Question(f"sentence-{article.id}-{start}", words, answerable=True, gold=(gold,))
        rows = left


def _distinctive(index: OpenIndex, article: Article, sentence: str) -> str | None:
    """Return the words of a sentence that tell most, or None where it is no statement with a name or a number."""
    if not _is_statement(sentence, article):
        return None
    tokens = list(_TOKEN.finditer(sentence))
    named = _name_tokens(tokens)
    if 0 in named or tokens[0][0][0].isupper():
        named = named - {0} | ({0} if _is_name_at_the_beginning(tokens, named, article) else set())
    if 2 * len(named) > len(tokens):  # a list of people or of abbreviations
        return None
    if not named and (_is_cased(article) or not any(map(str.isdecimal, sentence))):
        return None
    content = set(content_terms(sentence))
    weight: dict[int, float] = {}
    met: set[str] = set()
    for number, token in enumerate(tokens):
        of_token = [term for term in terms(token[0]) if term in content]
        if _NO_NAME.fullmatch(token[0]) or _CONTRACTION.fullmatch(token[0]) or any(map(str.isdecimal, token[0])):
            continue
        if of_token and not met.issuperset(of_token):
            weight[number] = max(map(index.lexical.weight, of_token)) + _OF_NAMES * (number in named)
            met.update(of_token)
    most = sorted(weight, key=lambda number: (-weight[number], number))[:_WORDS]
    chosen = {number for number in weight if number in most or _joins(number, named, most)}
    if len(chosen) < _FEWEST_WORDS:
        return None
    words = [tokens[number][0] if number or number in named else tokens[number][0].lower() for number in sorted(chosen)]
    return " ".join(words)


def _is_statement(sentence: str, article: Article) -> bool:
    """Tell whether a sentence is whole, says something by itself, and was written as prose."""
    solid = [character for character in sentence if not character.isspace()]
    return (
        len(sentence) in _LENGTHS
        and _STATEMENT.search(sentence) is not None
        and _begins(sentence, article)
        and not _MACHINE_WRITTEN.search(sentence)
        and sentence.count("“") == sentence.count("”")
        and sentence.count('"') % 2 == 0
        and sentence.count("(") == sentence.count(")")
        and sum(map(str.isalpha, solid)) >= _LEAST_LETTERS * len(solid)
    )


def _begins(sentence: str, article: Article) -> bool:
    """Tell whether a sentence begins where its writer began one, and without leaning on the one before."""
    beginning = _BEGINNING.match(sentence)
    if beginning is None or _LEANS_ON_WHAT_IS_BEFORE.match(sentence) or _DATELINE.match(sentence):
        return False
    if _is_cased(article):
        return not beginning["letter"].islower()
    return _PLAIN_BEGINNING.match(sentence) is not None or not beginning["letter"].isascii()


def _is_cased(article: Article) -> bool:
    """Tell whether names can be told by their capitals: not in an article in lower case, or of a script without any."""
    beginning = article.text[:_READ_FOR_CAPITALS]
    return sum(map(str.isupper, beginning)) >= _CASED * len(beginning)


def _name_tokens(tokens: Sequence[re.Match[str]]) -> set[int]:
    """Return which tokens belong to names: those with a capital, the first one only where the second has one, too."""
    named = {
        number for number, token in enumerate(tokens) if token[0][0].isupper() and not _NO_NAME.fullmatch(token[0])
    }
    return named if 1 in named else named - {0}


def _is_name_at_the_beginning(tokens: Sequence[re.Match[str]], named: set[int], article: Article) -> bool:
    """Tell whether a sentence's first word has its capital for itself: the article never writes it without."""
    first = re.escape(tokens[0][0])
    if _NO_NAME.fullmatch(tokens[0][0]) or re.search(rf"\b{first.lower()}\b", article.text):
        return False
    return 1 in named or re.search(rf"[\w,;] {first}\b", article.text) is not None


def _joins(number: int, named: set[int], chosen: Iterable[int]) -> bool:
    """Tell whether a word belongs to a name of which another word was chosen."""
    return number in named and any(abs(number - other) == 1 and other in named for other in chosen)


def _stands_elsewhere(index: OpenIndex, article: Article, sentence: str) -> bool:
    """Tell whether another article has the same sentence, so that the one place is not the only right one."""
    _, rows = index.lexical.search(terms(sentence), _COPIES_LOOKED_AT)
    passages = (index.passages[int(row)] for row in rows)
    return any(passage.article_id != article.id and sentence in passage.text for passage in passages)


# --- what is not there ------------------------------------------------------------------------------------------------


class _Names:
    """Names that no passage holds, made of syllables, none twice."""

    def __init__(self, index: OpenIndex, chance: np.random.Generator) -> None:
        self._index = index
        self._chance = chance
        self._given: set[str] = set()

    def swapped_in_headline(self, question: Question) -> Question | None:
        """Return a title with other names, or None where it has none, or is in Title Case."""
        tokens = list(_TOKEN.finditer(question.text))
        named = _name_tokens(tokens)
        if not named or 2 * len(named) > len(tokens):
            return None
        text = question.text
        for number in sorted(named, reverse=True):
            start, end = tokens[number].span()
            text = text[:start] + self._instead_of(tokens[number][0]) + text[end:]
        return Question(f"absent-{question.id}", text, answerable=False)

    def swapped_in_words(self, question: Question) -> Question | None:
        """Return a sentence's words with other names and few words beside them, or None where one name is all it has.

        Only names have capitals there.
        """
        words = question.text.split(" ")
        names = [word for word in words if word[0].isupper()]
        others = [word for word in words if word not in names][:_OTHER_WORDS]
        if len(names) < _FEWEST_NAMES or not others:
            return None
        swapped = [self._instead_of(word) if word in names else word for word in words if word in (*names, *others)]
        return Question(f"absent-{question.id}", " ".join(swapped), answerable=False)

    def _instead_of(self, name: str) -> str:
        possessive = re.search(r"['’]s$", name)
        return self._new() + (possessive[0] if possessive else "")

    def _new(self) -> str:
        """Make a name; where those of three syllables are used up, a longer one."""
        first, middle, last = _SYLLABLES
        name = ""
        while not name or name in self._given or self._index.lexical.scores(terms(name)).any():
            longer = name[:5] if name else ""
            name = (longer + self._one(first) + self._one(middle) + self._one(last)).capitalize()
        self._given.add(name)
        return name

    def _one(self, syllables: Sequence[str]) -> str:
        return str(self._chance.choice(syllables))


# --- the dataset ------------------------------------------------------------------------------------------------------


def require_new(folder: Path) -> None:
    """See that no dataset is in a folder.

    Raises:
        DatasetError: there is one, which somebody may have edited.
    """
    for name in (QUESTION_FILE, *ARTICLE_FILES):
        if (folder / name).exists():
            raise DatasetError(f"{folder / name}: is there already and stays as it is; name another folder with --out")


def write_dataset(folder: Path, index: OpenIndex, drawn: Sequence[Drawn]) -> None:
    """Write the index's articles and the questions as a dataset folder in askdocs' own form.

    A row's `drawn` says how the question came about; reading a dataset leaves it aside.

    Raises:
        DatasetError: the folder cannot be written; see `require_new`, too.
    """
    require_new(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ARTICLE_FILES[0]).open("x", encoding="utf-8") as file:
            file.writelines(_line(_article_row(article)) for article in index.articles.values())
        write_durably(folder / QUESTION_FILE, "".join(_line(_question_row(one)) for one in drawn).encode())
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _article_row(article: Article) -> dict[str, Any]:
    row = {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "date": article.published,
        "outlet": article.outlet,
        "author": article.author,
        "language": article.language,
        "url": article.url,
    }
    return {name: value for name, value in row.items() if value is not None}


def _question_row(one: Drawn) -> dict[str, Any]:
    asked = one.question
    row: dict[str, Any] = {"id": asked.id, "question": asked.text, "answerable": asked.answerable, "drawn": one.kind}
    if asked.gold:
        row["gold"] = [asdict(span) for span in asked.gold]
    if asked.gold_articles:
        row["gold_articles"] = list(asked.gold_articles)
    return row
