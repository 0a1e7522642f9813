"""How fast passages are encoded: sentence-transformers as it comes, against askdocs, and both against the arithmetic.

    python eval/bench/encode.py [--passages 200] [--runs 3] [--articles FILE]

Both encoders read the same passages in turn, so that whatever else the machine does falls on both. The limit is the
speed of a matrix product of the sizes that the model multiplies, in the fast encoder's precision, measured between
those runs: a token of all-MiniLM-L6-v2 costs 10.6 million multiplications in its dense layers, and no encoder can spend
less. Shares of it are taken of processor seconds, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from askdocs.encoding import Vectors
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import OpenvinoEncoder
from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.settings import BUNDLED_ENCODER

ROOT = Path(__file__).resolve().parents[2]
NEWS = ROOT.parent / "shared" / "data" / "news" / "articles.jsonl.gz"
SAMPLE = ROOT / "src" / "askdocs" / "sample"
WORDS = 145
"""Words in a passage: about 190 of the model's tokens in English news."""

LIMIT = 256
"""The model's most tokens in a text."""

HIDDEN, INNER, LAYERS = 384, 1_536, 6
DENSE_FLOPS = 2 * LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
"""Floating-point operations of the dense layers, a token: attention's own and the rest come on top."""

STOCK_START = """
from sentence_transformers import SentenceTransformer
SentenceTransformer({folder!r}, device="cpu").encode(["Who resists?"], show_progress_bar=False)
"""
OUR_START = """
from askdocs.encoding import load_encoder
load_encoder({name!r}, "openvino").encode_query(["Who resists?"])
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run over all passages: wall seconds, and seconds of processor time over all cores."""

    wall: float
    cpu: float


def passages(articles: Path | None, count: int) -> list[tuple[str, int]]:
    """Return passages of `WORDS` words with their tokens, spread evenly over the articles.

    All of them fit the model, whose own `encode` would cut off the rest.
    """
    cut: list[str] = []
    for text in _texts(articles):
        words = text.split()
        cut.extend(" ".join(words[at : at + WORDS]) for at in range(0, len(words) - WORDS + 1, WORDS))
    if not cut:
        sys.exit(f"no article of {WORDS} words; name a file with --articles")
    tokenizer = Tokenizer.from_file(str(model_folder(BUNDLED_ENCODER) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    some = [cut[round(at)] for at in np.linspace(0, len(cut) - 1, min(len(cut), 2 * count))]
    counted = [(text, len(read.ids)) for text, read in zip(some, tokenizer.encode_batch_fast(some), strict=True)]
    fitting = [(text, tokens) for text, tokens in counted if tokens <= LIMIT]
    return [fitting[round(at)] for at in np.linspace(0, len(fitting) - 1, count)]


def _texts(articles: Path | None) -> list[str]:
    path = articles or (NEWS if NEWS.is_file() else None)
    if path is None:
        return [file.read_text(encoding="utf-8") for file in sorted(SAMPLE.rglob("*.txt"))]
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def stock_encoder() -> Callable[[Sequence[str]], Vectors]:
    """Return sentence-transformers' `encode` with its defaults."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  eight seconds

    model = SentenceTransformer(str(model_folder(BUNDLED_ENCODER)), device="cpu", local_files_only=True)
    return lambda texts: model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)


def product_flops(precision: str, rows: int = 2_048) -> float:
    """Return floating-point operations a processor second of matrix products in OpenVINO, best of 5."""
    openvino = import_openvino()
    op = openvino.opset13
    left = op.parameter([rows, HIDDEN], np.float32)
    weights = np.random.default_rng(0).standard_normal((INNER, HIDDEN), np.float32)
    result, back = left, np.ascontiguousarray(weights.T)
    for _ in range(8):
        result = op.matmul(result, op.constant(weights), transpose_a=False, transpose_b=True)
        result = op.matmul(result, op.constant(back), transpose_a=False, transpose_b=True)
    wanted = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = (
        openvino.Core().compile_model(openvino.Model([result], [left], "product"), "CPU", wanted).create_infer_request()
    )
    values = np.zeros((rows, HIDDEN), np.float32)
    request.infer([values])
    seconds = min(timed(lambda: request.infer([values])).cpu for _ in range(5))
    return 2 * 16 * rows * HIDDEN * INNER / seconds


def timed(work: Callable[[], object]) -> Run:
    """Run `work` once."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Run(time.perf_counter() - wall, time.process_time() - cpu)


def start_seconds(program: str, runs: int = 5) -> float:
    """Return the median wall seconds of a fresh process that loads a model and encodes one question."""
    command = [sys.executable, "-c", program]
    return statistics.median(
        timed(lambda: subprocess.run(command, check=True, capture_output=True)).wall  # noqa: S603  our own two programs
        for _ in range(runs)
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--articles", type=Path, help="articles.jsonl or .jsonl.gz")
    chosen = parser.parse_args()

    texts, counts = zip(*passages(chosen.articles, chosen.passages), strict=True)
    tokens = sum(counts)
    stock, ours = stock_encoder(), OpenvinoEncoder(BUNDLED_ENCODER)
    stock(texts[:32])
    ours.encode_document(texts[:32])
    slow: list[Run] = []
    fast: list[Run] = []
    speeds: list[float] = []
    for _ in range(chosen.runs):
        slow.append(timed(lambda: stock(texts)))
        speeds.append(product_flops(ours.precision))
        fast.append(timed(lambda: ours.encode_document(texts)))
    cosine = float((stock(texts) * ours.encode_document(texts)).sum(axis=1).min())

    print(f"{len(texts)} passages of {tokens / len(texts):.0f} tokens, medians of {chosen.runs} runs in turn")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the fast encoder multiplies {ours.precision}")
    print(f"{'':24}{'passages/s':>12}{'tokens/s':>12}{'passages/CPU s':>16}{'of the limit':>14}")
    limit = statistics.median(speeds) / DENSE_FLOPS / tokens * len(texts)
    for name, runs in (("sentence-transformers", slow), ("askdocs, OpenVINO", fast)):
        wall = statistics.median(run.wall for run in runs)
        rate = len(texts) / statistics.median(run.cpu for run in runs)
        print(f"{name:24}{len(texts) / wall:12.1f}{tokens / wall:12.0f}{rate:16.1f}{rate / limit:14.0%}")
    print(f"{'the limit':48}{limit:16.1f}{1:14.0%}")
    print(f"least cosine between the two: {cosine:.6f}")
    folder = str(model_folder(BUNDLED_ENCODER))
    print(
        f"cold start to the first vector, medians of 5: sentence-transformers "
        f"{start_seconds(STOCK_START.format(folder=folder)):.1f} s, "
        f"askdocs {start_seconds(OUR_START.format(name=BUNDLED_ENCODER)):.2f} s"
    )


if __name__ == "__main__":
    main()
