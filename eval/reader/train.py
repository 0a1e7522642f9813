"""Train a reader: the bundled encoder's layers, further, on questions that passages answer and near misses of them.

    python eval/reader/train.py [--news ../shared/data/news] [--passages 2400] [--epochs 2] [--device cpu] [--out FILE]

It reads a question and a passage together and says for each sentence whether it answers, or that none does. askdocs
ships none: what it gained so far is not worth its time (eval/LOG.md). `measure.py` says what one gains.

`questions.jsonl.gz` beside this file has, for each of 3,520 passages of news, three questions that a sentence of it
answers, three near misses, and three of its questions with a word or two changed so that it answers them no more, all
written for this project. The passages' words are the publishers': they are taken from the news dataset, by article and
place.
Near misses that begin with the same two words more often than answerable questions do are left out in part, so that how
a question begins does not tell its kind. One passage in twenty is held out. Word vectors stay as they are. 2,400
passages take 25 minutes on two cores. The loss is that of Devlin et al., "BERT" (2019), section 4.3, where "none"
competes with the places of the answer; here with whole sentences.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from askdocs.encoding.models import model_folder
from askdocs.evaluation import load_dataset
from askdocs.evaluation.measures import auroc
from askdocs.settings import BUNDLED_ENCODER

HERE = Path(__file__).resolve().parent
NEWS = HERE.parents[2] / "shared" / "data" / "news"
OUT = HERE.parent / "runs" / "reader.safetensors"
QUESTIONS = HERE / "questions.jsonl.gz"

QUESTION_TOKENS = 40
TITLE_TOKENS = 16
TOKENS = 200
"""How much is read of a question, of a title, and of both with the passage."""

BATCH = 24
RATE = 5e-5
WARM_UP = 0.06
"""The share of all steps in which the rate rises to `RATE`; then it falls to 0."""

HELD_OUT = 20
"""One passage in so many is held out."""

NO_MORE = 1.25
"""How many times as many near misses as answerable questions may begin with the same two words, and `SPARE` more."""

SPARE = 8
SEED = 0


@dataclass(frozen=True, slots=True)
class Example:
    """Token numbers, each token's segment and sentence (0 for none), and the sentence that answers, 0 for none."""

    passage: int
    ids: list[int]
    segments: list[int]
    sentences: list[int]
    answer: int
    question: str


@dataclass(frozen=True, slots=True)
class Read:
    """A passage that is read: its number, its article's title, its sentences."""

    number: int
    title: str
    sentences: tuple[str, ...]


class Reading(nn.Module):
    """The network, and what it says of "none" and of each sentence."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False)
        self.bert.embeddings.word_embeddings.requires_grad_(requires_grad=False)
        self.null = nn.Linear(self.bert.config.hidden_size, 1)
        self.sentence = nn.Linear(self.bert.config.hidden_size, 1)
        self.dropout = nn.Dropout(0.1)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.null.weight.device

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor, sentences: Tensor) -> Tensor:
        """Return logits, shape `(examples, 1 + most sentences)`: of none, then of each sentence."""
        found = self.bert(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        states = self.dropout(found.last_hidden_state)
        member = functional.one_hot(sentences)[:, :, 1:].to(states.dtype)
        tokens = member.sum(1)
        means = torch.einsum("bts,btd->bsd", member, states) / tokens.clamp(min=1).unsqueeze(-1)
        some = self.sentence(means).squeeze(-1).float().masked_fill(tokens == 0, -1e4)
        return torch.cat([self.null(states[:, 0]).float(), some], dim=1)


def tokenizer_of(folder: Path) -> Any:
    """Load a model's tokenizer with neither padding nor a limit."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


# --- the examples -----------------------------------------------------------------------------------------------------


def examples(news: Path, tokenizer: Any, passages: int) -> list[Example]:
    """Return the questions of the first passages."""
    articles = {article.id: article for article in load_dataset(news).articles}
    found = []
    lines = gzip.decompress(QUESTIONS.read_bytes()).decode().splitlines()
    for number, line in enumerate(lines[:passages]):
        row = json.loads(line)
        article = articles[row["article"]]
        read = Read(number, article.title, tuple(article.text[start:end] for start, end in row["sentences"]))
        asked = [(text, place + 1) for text, place in row["answerable"]]
        asked += [(text, 0) for text in row["edited"]]
        if number % 2:  # of those that were not edited half as many, so that both kinds are about as frequent
            asked += [(text, 0) for text in row["near_misses"]]
        found += [example(tokenizer, read, text, answer) for text, answer in asked]
    return [one for one in found if not one.answer or one.answer in one.sentences]


def example(tokenizer: Any, read: Read, question: str, answer: int) -> Example:
    """Return one question with its passage as the network reads them; `answer` counts sentences from 1, 0 for none."""

    def tokens(text: str) -> list[int]:
        read: list[int] = tokenizer.encode(" ".join(text.split()), add_special_tokens=False).ids
        return read

    first, end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
    ids = [first, *tokens(question)[:QUESTION_TOKENS], end]
    begin = len(ids)
    ids += [*tokens(read.title)[:TITLE_TOKENS], end]
    members = [0] * len(ids)
    for number, sentence in enumerate(read.sentences, start=1):
        more = tokens(sentence)[: TOKENS - 1 - len(ids)]
        ids += more
        members += [number] * len(more)
    ids.append(end)
    return Example(read.number, ids, [0] * begin + [1] * (len(ids) - begin), [*members, 0], answer, question)


def balanced(every: Sequence[Example], chance: random.Random) -> list[Example]:
    """Leave out near misses whose first two words would give them away."""

    def beginning(one: Example) -> str:
        return " ".join(one.question.lower().split()[:2])

    answered = Counter(beginning(one) for one in every if one.answer)
    missed = Counter(beginning(one) for one in every if not one.answer)
    return [
        one
        for one in every
        if one.answer or chance.random() * missed[beginning(one)] < NO_MORE * (answered[beginning(one)] + SPARE)
    ]


# --- the training -----------------------------------------------------------------------------------------------------


def batches(rows: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Yield batches of examples of similar lengths, in a new order."""
    order = list(rows)
    chance.shuffle(order)
    for start in range(0, len(order), BATCH * 24):
        stretch = sorted(order[start : start + BATCH * 24], key=lambda one: len(one.ids))
        cut = [stretch[place : place + BATCH] for place in range(0, len(stretch), BATCH)]
        chance.shuffle(cut)
        yield from cut


def tensors(rows: Sequence[Example], device: torch.device) -> tuple[Tensor, ...]:
    """Return what the network takes of a batch, padded."""
    width = max(len(one.ids) for one in rows)

    def padded(lists: Sequence[list[int]]) -> Tensor:
        return torch.tensor([numbers + [0] * (width - len(numbers)) for numbers in lists], device=device)

    return (
        padded([one.ids for one in rows]),
        padded([one.segments for one in rows]),
        padded([[1] * len(one.ids) for one in rows]),
        padded([one.sentences for one in rows]),
    )


def train(network: Reading, rows: Sequence[Example], held_out: Sequence[Example], epochs: int) -> None:
    """Train in place, and print how it goes."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    every = [batch for _ in range(epochs) for batch in batches(rows, chance)]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    started, total = perf_counter(), 0.0
    for step, batch in enumerate(every, start=1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(step / (WARM_UP * len(every)), 1 - (step - 1) / len(every))
        network.train()
        with torch.autocast(network.device.type, dtype=torch.bfloat16):
            logits = network(*tensors(batch, network.device))
        answers = torch.tensor([one.answer for one in batch], device=network.device)
        loss = functional.cross_entropy(logits, answers)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's types
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        total += loss.item()
        if step % 100 == 0 or step == len(every):
            print(f"{step} of {len(every)} steps, loss {total / 100:.3f}, {perf_counter() - started:.0f} s", flush=True)
            total = 0.0
        if step % 500 == 0 or step == len(every):
            print(f"held out: {measured(network, held_out)}", flush=True)


@torch.inference_mode()
def read(network: Reading, rows: Sequence[Example]) -> list[tuple[float, list[float]]]:
    """Return for each example the logarithm of how much likelier a sentence answers than none, and all their logits."""
    network.eval()
    found: list[tuple[float, list[float]]] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for one, logits in zip(batch, network(*tensors(batch, network.device)).cpu().numpy(), strict=True):
            some = logits[1 : 1 + max(one.sentences)]
            found.append((float(np.logaddexp.reduce(some) - logits[0]), some.tolist()))
    return found


def measured(network: Reading, rows: Sequence[Example]) -> str:
    """Return how well answerable questions and near misses are told apart, and how often the sentence is right."""
    readings = list(zip(rows, read(network, rows), strict=True))
    answerable = [sure for one, (sure, _) in readings if one.answer]
    missed = [sure for one, (sure, _) in readings if not one.answer]
    right = sum(max(some) == some[one.answer - 1] for one, (_, some) in readings if one.answer)
    return (
        f"AUROC {auroc(answerable, missed):.3f} of {len(answerable)} questions and {len(missed)} near misses, "
        f"the sentence right for {right / len(answerable):.3f}"
    )


def save(network: Reading, file: Path) -> None:
    """Write all but the word vectors, in half precision."""
    kept = {name: tensor for name, tensor in network.state_dict().items() if "word_embeddings" not in name}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.to(torch.float16).cpu().contiguous() for name, tensor in kept.items()}, file)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def load(file: Path) -> Reading:
    """Return the network as it was saved."""
    network = Reading(model_folder(BUNDLED_ENCODER))
    network.load_state_dict(load_file(file), strict=False)
    return network


def main(arguments: Sequence[str]) -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, default=NEWS)
    parser.add_argument("--passages", type=int, default=2_400)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(arguments)
    torch.manual_seed(SEED)
    folder = model_folder(BUNDLED_ENCODER)
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    every = balanced(examples(given.news, tokenizer_of(folder), given.passages), chance)
    rows = [one for one in every if one.passage % HELD_OUT]
    held_out = [one for one in every if not one.passage % HELD_OUT]
    print(f"{len(rows)} questions to train on, {sum(one.answer > 0 for one in rows)} of them answerable", flush=True)
    network = Reading(folder).to(given.device)
    train(network, rows, held_out, given.epochs)
    save(network, given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
