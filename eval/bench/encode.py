"""How fast passages are encoded: sentence-transformers as it comes, against askdocs, and both against the arithmetic.

    python eval/bench/encode.py [--passages 2000] [--runs 5] [--articles FILE] [--only-starts]

All encoders read the same passages in turn, so that whatever else the machine does falls on all. The limit is the
speed of a matrix product of the sizes that the model multiplies, in the fast encoder's precision, measured between
those runs: a token of all-MiniLM-L6-v2 costs 10.6 million multiplications in its dense layers, and no encoder that
multiplies in this precision can spend less; int8 can. Shares of it are taken of processor seconds, which a busy machine
disturbs least. Where torch has a graphics card, sentence-transformers' call and ours are timed on it too.

Then what a person waits for: a fresh process to its first vector, and a whole `askdocs ask` against no more than
`import sentence_transformers`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from askdocs.encoding import Vectors
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import OpenvinoEncoder
from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.encoding.torch_encoder import TorchEncoder
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


QUESTION = "Why do Belarusian commanders resist joining the war?"

Encode = Callable[[Sequence[str]], Vectors]


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
        return [file.read_text(encoding="utf-8") for file in sorted(SAMPLE.rglob("*.md"))]
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def stock_encoder(device: str = "cpu") -> Encode:
    """Return sentence-transformers' `encode` with its defaults."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  eight seconds

    model = SentenceTransformer(str(model_folder(BUNDLED_ENCODER)), device=device, local_files_only=True)
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


def start_seconds(*commands: Sequence[str], runs: int = 5) -> list[float]:
    """Return each command's median wall seconds as a fresh process; they are run in turn."""
    seconds: list[list[float]] = [[] for _ in commands]
    for _ in range(runs):
        for command, taken in zip(commands, seconds, strict=True):
            taken.append(timed(partial(subprocess.run, command, check=True, capture_output=True)).wall)
    return [statistics.median(taken) for taken in seconds]


def processor() -> str:
    """Return the processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def encoders() -> dict[str, Encode]:
    """Return what is compared, by name; the first is sentence-transformers, the second the default of askdocs."""
    import torch  # noqa: PLC0415  seconds

    found: dict[str, Encode] = {
        "sentence-transformers": stock_encoder(),
        "askdocs": OpenvinoEncoder(BUNDLED_ENCODER).encode_document,
        "askdocs, int8": OpenvinoEncoder(BUNDLED_ENCODER, int8=True).encode_document,
    }
    if torch.cuda.is_available():
        card = torch.cuda.get_device_name()
        found[f"sentence-tr., {card}"] = stock_encoder("cuda")
        found[f"askdocs, {card}"] = TorchEncoder(BUNDLED_ENCODER, device="cuda").encode_document
    return found


def compare(texts: Sequence[str], tokens: int, runs: int) -> None:
    """Print the table of speeds."""
    compared = encoders()
    precision = OpenvinoEncoder(BUNDLED_ENCODER).precision
    for encode in compared.values():
        encode(texts[:64])
    taken: dict[str, list[Run]] = {name: [] for name in compared}
    speeds: list[float] = []
    vectors: dict[str, Vectors] = {}
    for _ in range(runs):
        for name, encode in compared.items():
            taken[name].append(timed(partial(_keep, vectors, name, encode, texts)))
        speeds.append(product_flops(precision))
    limit = statistics.median(speeds) / DENSE_FLOPS / tokens * len(texts)
    reference, slowest = next(iter(vectors.values())), statistics.median(run.wall for run in next(iter(taken.values())))
    print(f"{len(texts)} passages of {tokens / len(texts):.0f} tokens, medians of {runs} runs in turn")
    print(f"{'':28}{'passages/s':>12}{'times':>8}{'passages/CPU s':>16}{'of the limit':>14}{'least cosine':>14}")
    for name, some in taken.items():
        wall = statistics.median(run.wall for run in some)
        rate = len(texts) / statistics.median(run.cpu for run in some)
        cosine = float((vectors[name] * reference).sum(axis=1).min())
        speed = f"{len(texts) / wall:12.1f}{slowest / wall:8.2f}"
        print(f"{name[:27]:28}{speed}{rate:16.1f}{rate / limit:14.0%}{cosine:14.5f}")
    print(f"{f'the limit in {precision}':48}{limit:16.1f}{1:14.0%}")


def _keep(vectors: dict[str, Vectors], name: str, encode: Encode, texts: Sequence[str]) -> None:
    vectors[name] = encode(texts)


def starts() -> None:
    """Print how long a fresh process takes, twice."""
    python = sys.executable
    stock = STOCK_START.format(folder=str(model_folder(BUNDLED_ENCODER)))
    theirs, ours = start_seconds([python, "-c", stock], [python, "-c", OUR_START.format(name=BUNDLED_ENCODER)])
    print(f"cold start to the first vector: sentence-transformers {theirs:.2f} s, askdocs {ours:.2f} s")
    askdocs = [python, "-m", "askdocs"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*askdocs, "index", "--sample", "--index", folder], check=True, capture_output=True)  # noqa: S603  our own
        ask = [*askdocs, "ask", QUESTION, "--index", folder]
        imported, asked = start_seconds([python, "-c", "import sentence_transformers"], ask)
    print(f"import sentence_transformers {imported:.2f} s, askdocs ask {asked:.2f} s: {imported / asked:.1f} times")


def main() -> None:
    """Print the table, then the starts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--articles", type=Path, help="articles.jsonl or .jsonl.gz")
    parser.add_argument("--only-starts", action="store_true", help="time the starts of a process only")
    chosen = parser.parse_args()

    now = datetime.now(tz=UTC).isoformat(timespec="minutes")
    print(f"{now}, {processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    if not chosen.only_starts:
        texts, counts = zip(*passages(chosen.articles, chosen.passages), strict=True)
        compare(texts, sum(counts), chosen.runs)
    starts()
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
