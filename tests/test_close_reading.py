"""Reading a question together with an excerpt: the same on either engine, and near misses told from answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.answering.evidence import Evidence, confidence, weigh
from askdocs.close_reading import Reader, load_reader, read_closely
from askdocs.close_reading import reader as close_reader
from askdocs.close_reading.excerpts import ENOUGH, LONGEST, SENTENCES, excerpt, rows_around
from askdocs.close_reading.reader import Excerpt
from askdocs.encoding import Encoder
from askdocs.errors import EngineError
from askdocs.evaluation import load_dataset
from askdocs.evaluation.measures import auroc
from askdocs.index import OpenIndex, open_index
from askdocs.reranking import READ_HITS, UNREAD, Reranking, rerank
from askdocs.retrieval import Retriever
from askdocs.settings import AnswerSettings, RetrievalSettings, Settings

SIREN = Excerpt(
    "Inquiry into the flood at Lenwick",
    (
        "The siren at Lenwick stayed silent all night.",
        "Its control box had been disconnected in July 2021, when a telephone line was replaced.",
        "The mayor, Ruth Ogden, asked the county for a new one.",
    ),
)
BAKERY = Excerpt(
    "A bakery for the valley", ("The bakery opens on Monday.", "Its owner came back from Leeds to run it.")
)
SAMPLE = Path(__file__).parents[1] / "eval" / "sample"
ANSWERED = {
    "When was the control box of the siren disconnected?": 1,
    "Who asked the county for a new siren?": 2,
}
NEAR_MISSES = (
    "Which company made the siren at Lenwick?",
    "How much will a new siren for Lenwick cost?",
    "Who disconnected the control box of the siren?",
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_a_reader_that_is_loading_is_waited_for() -> None:
    loading = Reader()
    loading.prepare_aside()
    assert loading.read(next(iter(ANSWERED)), SIREN).answers > 0


def test_a_question_that_is_answered_is_told_from_near_misses(reader: Reader) -> None:
    missed = max(reader.read(question, SIREN).answers for question in NEAR_MISSES)
    for question, sentence in ANSWERED.items():
        reading = reader.read(question, SIREN)
        assert reading.answers > missed
        assert max(range(3), key=reading.sentences.__getitem__) == sentence


def test_either_engine_reads_the_same(reader: Reader) -> None:
    torch = Reader("torch")
    for question in (*ANSWERED, *NEAR_MISSES):
        for read in (SIREN, BAKERY):
            one, other = reader.read(question, read), torch.read(question, read)
            assert one.answers == pytest.approx(other.answers, abs=0.5), "bfloat16 beside float32"
            assert one.sentences == pytest.approx(other.sentences, abs=0.5)


def test_what_is_too_long_is_read_from_its_beginning(reader: Reader) -> None:
    question = next(iter(ANSWERED))
    long = Excerpt(SIREN.title * 50, (*SIREN.sentences, *["The water was cold that year." for _ in range(100)]))
    reading = reader.read(f"{question} {'and why and where ' * 200}", long)
    assert 3 <= len(reading.sentences) < 50
    assert math.isfinite(reading.answers)


@pytest.mark.parametrize("question", ["", "?", "\x00", "日本の首都はどこですか", "🦊" * 300])
def test_anything_can_be_asked(reader: Reader, question: str) -> None:
    reading = reader.read(question, SIREN)
    assert math.isfinite(reading.answers)
    assert len(reading.sentences) == 3


def test_where_there_is_nothing_to_read_nothing_answers(reader: Reader) -> None:
    reading = reader.read(next(iter(ANSWERED)), Excerpt("", ()))
    assert (reading.answers, reading.sentences) == (-math.inf, ())


def test_a_sentence_that_is_not_read_to_its_end_is_told(reader: Reader) -> None:
    question = next(iter(ANSWERED))
    row = " ".join(f"{number},204 3.7 {number}.2;" for number in range(7))
    whole, cut = (reader.read(question, Excerpt("", (SIREN.sentences[0], text))) for text in (row, row * 4))
    assert (whole.whole, cut.whole) == (2, 1)
    assert len(whole.sentences) == len(cut.sentences) == 2
    assert reader.read(f"For a piece on the flood {'and on the siren ' * 12}I ask: {question}", SIREN).whole == 0


def test_weights_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_reader, "WEIGHTS", "nowhere.safetensors")
    with pytest.raises(EngineError, match=r"nowhere\.safetensors: cannot be read: No such file.*install askdocs again"):
        Reader().prepare()


def test_other_weights_than_those_shipped_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_reader, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EngineError, match=r"reader\.safetensors: the reader's weights are damaged"):
        Reader().prepare()


# --- what is read of an index -----------------------------------------------------------------------------------------


def found_in(index: OpenIndex, encoder: Encoder, question: str) -> Reranking:
    return rerank(question, Retriever(index, encoder, RetrievalSettings()).rank(question, READ_HITS), index)


def sure(question: str, found: Reranking, index: OpenIndex) -> float:
    return confidence(weigh(question, found, index), found.reads, found.doubt)


def test_an_excerpt_is_the_sentences_around_a_good_one(sample_index: Path, encoder: Encoder) -> None:
    index = open_index(sample_index)
    found = found_in(index, encoder, "Why did the flood siren in Lenwick stay silent?")
    for sentence in found.sentences:
        rows = rows_around(sentence, index)
        places = index.sentences.places(rows)
        length = places[-1][1] - places[0][0]
        assert sentence.row in rows
        assert len(rows) <= SENTENCES
        assert length <= max(LONGEST, len(sentence.text))
        assert {index.passages.article_of_sentence(row) for row in rows} == {index.articles.row_of(sentence.article.id)}
        assert sentence.text in excerpt(sentence.article, rows, index).sentences
    first = excerpt(found.sentences[0].article, rows_around(found.sentences[0], index), index)
    assert len(" ".join(first.sentences)) >= ENOUGH


QUESTIONS = [question.text for question in load_dataset(SAMPLE).questions]


def test_reading_weighs_in_the_confidence_and_nowhere_else(
    sample_index: Path, encoder: Encoder, reader: Reader
) -> None:
    index = open_index(sample_index)
    chances = []
    for question in QUESTIONS[::3]:
        found = found_in(index, encoder, question)
        read = read_closely(question, found, index, reader)
        assert replace(read, reads=1.0, doubt=UNREAD) == found
        evidence = weigh(question, found, index)
        assert weigh(question, read, index) == evidence
        assert sure(question, read, index) == pytest.approx(read.reads * confidence(evidence, doubt=read.doubt))
        assert read.doubt < 0.1 * UNREAD
        chances.append(read.reads)
    assert 0 < min(chances) < 0.3
    assert 0.95 < max(chances) <= 1


def test_what_the_reader_cannot_read_changes_nothing(sample_index: Path, encoder: Encoder, reader: Reader) -> None:
    assert reader.read("กรุงเทพเป็นเมืองหลวงของประเทศใด", SIREN).legible < 0.2
    assert reader.read(next(iter(ANSWERED)), Excerpt("", ("กรุงเทพเป็นเมืองหลวงของประเทศไทย",))).legible < 0.2
    index = open_index(sample_index)
    for question in ("ما هي عاصمة فرنسا؟", "กรุงเทพเป็นเมืองหลวงของประเทศใด"):
        found = found_in(index, encoder, question)
        read = read_closely(question, found, index, reader)
        assert (read.reads, read.doubt) == pytest.approx((1.0, UNREAD), abs=0.15)


def test_a_sentence_without_tokens_is_passed_over(reader: Reader) -> None:
    question, sentence = "Who asked the county for a new siren?", 2
    blank = Excerpt(SIREN.title, ("\u200b\u200b", *SIREN.sentences, "\uf0b7"))
    reading = reader.read(question, blank)
    assert (reading.sentences[0], reading.sentences[-1]) == (-math.inf, -math.inf)
    assert max(range(5), key=reading.sentences.__getitem__) == sentence + 1
    assert math.isfinite(reading.answers)
    assert reader.read(question, Excerpt("", ("\u200b",))).answers == -math.inf


def test_who_made_the_siren_is_no_longer_answered_as_surely(
    sample_index: Path, encoder: Encoder, reader: Reader
) -> None:
    index = open_index(sample_index)

    def read(question: str, by: Reader | None) -> float:
        return sure(question, read_closely(question, found_in(index, encoder, question), index, by), index)

    near_miss, answered = "Which company made the flood siren in Lenwick?", "Why did the flood siren stay silent?"
    assert read(near_miss, reader) < read(near_miss, None)
    assert read(answered, reader) > read(near_miss, reader)


def test_reading_tells_the_samples_unanswerable_questions_better(
    sample_index: Path, encoder: Encoder, reader: Reader
) -> None:
    index = open_index(sample_index)
    told: dict[tuple[bool, bool], list[float]] = {}
    for question in load_dataset(SAMPLE).questions[::2]:
        found = found_in(index, encoder, question.text)
        for by in (None, reader):
            read = read_closely(question.text, found, index, by)
            told.setdefault((by is None, question.answerable), []).append(sure(question.text, read, index))
    assert auroc(told[False, True], told[False, False]) > auroc(told[True, True], told[True, False]) + 0.02


def test_without_a_reader_nothing_is_read(sample_index: Path, encoder: Encoder) -> None:
    index = open_index(sample_index)
    question = "Why did the flood siren in Lenwick stay silent?"
    found = found_in(index, encoder, question)
    assert read_closely(question, found, index, None) is found
    assert (found.reads, found.doubt) == (1.0, UNREAD)
    assert load_reader(Settings(answers=AnswerSettings(reader=False))) is None


def test_what_is_not_read_may_be_as_sure_as_what_is() -> None:
    found = Evidence(
        cosine=0.9, sentence_cosine=0.9, coverage=1.0, required=1.0, answers=2.0, terms=1.0, timely=1.0, size=2.0
    )
    assert confidence(found) > 0.95
    assert confidence(found) == pytest.approx(confidence(found, doubt=0.0), abs=0.05)


def test_where_nothing_was_found_nothing_is_read(sample_index: Path, encoder: Encoder, reader: Reader) -> None:
    index = open_index(sample_index)
    nothing = rerank("siren", Retriever(index, encoder, RetrievalSettings()).rank("siren", 5).at([]), index)
    assert read_closely("siren", nothing, index, reader) is nothing
