"""Train the reader: the bundled encoder's layers, further, on questions that passages answer and near misses of them.

    python eval/reader/train.py [--news ../shared/data/news] [--epochs 2] [--passages N] [--device cpu] [--out FILE]

The reader reads a question and a passage together and says for each sentence whether it answers, or that none does.
First it reads, once, the questions on news and those beside passages of others, then all of them as often as `--epochs`
says, of those on news half each time. Word vectors stay as they are: the reader shares the encoder's. One passage in
twenty is held out. Two epochs take under two hours on two cores; with `--passages` only so many of each file are
read, for a look. The loss is that of Devlin et al., "BERT" (2019), section 4.3, where "none" competes with the places
of the answer; here with whole sentences. `askdocs eval` with and without ASKDOCS_ANSWERS_READER=false says what the
reader gains.

What is trained is written beside this file. It is used when it takes the place of the weights in
`src/askdocs/close_reading`, and its sha256, which is printed, that of `WEIGHTS_SHA256` there.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from examples import Example, Read, balanced, elsewhere, examples, of_news, written
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from askdocs.close_reading.reader import WEIGHTS
from askdocs.encoding.bert_graph import STEP, rounded
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import model_tokenizer
from askdocs.evaluation.measures import auroc
from askdocs.settings import BUNDLED_ENCODER

ROOT = Path(__file__).resolve().parents[2]
NEWS = ROOT.parent / "shared" / "data" / "news"
OUT = Path(__file__).with_name(WEIGHTS)

BATCH = 24
RATE = 8e-5
WARM_UP = 300
"""Steps in which the rate rises to `RATE`. When the questions on news were read it begins to fall, to 0 at the end."""

SEED = 0
MATRIX = 2
"""Dimensions of what is rounded."""


class Network(nn.Module):
    """The network, and what it says of "none" and of each sentence.

    Nothing is dropped out: with questions read two or three times at most nothing is learnt by heart, and dropping out
    takes a third of the time on a CPU.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = BertConfig.from_pretrained(folder, attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0)
        self.bert: Any = BertModel.from_pretrained(
            folder, config=config, add_pooling_layer=False, attn_implementation="eager"
        )
        self.bert.embeddings.word_embeddings.requires_grad_(requires_grad=False)
        self.null = nn.Linear(self.bert.config.hidden_size, 1)
        self.sentence = nn.Linear(self.bert.config.hidden_size, 1)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.null.weight.device

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor, sentences: Tensor) -> Tensor:
        """Return logits, shape `(examples, 1 + most sentences)`: of none, then of each sentence."""
        found = self.bert(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        states = found.last_hidden_state
        member = functional.one_hot(sentences)[:, :, 1:].to(states.dtype)
        tokens = member.sum(1)
        means = torch.einsum("bts,btd->bsd", member, states) / tokens.clamp(min=1).unsqueeze(-1)
        some = self.sentence(means).squeeze(-1).float().masked_fill(tokens == 0, -1e4)
        return torch.cat([self.null(states[:, 0]).float(), some], dim=1)


@dataclass(frozen=True, slots=True)
class Questions:
    """What is trained on: questions on news, on the passages written for this, and beside passages of others."""

    news: list[Example]
    written: list[Example]
    elsewhere: list[Example]

    def epoch(self, chance: random.Random) -> list[Example]:
        """Return all questions but half of those on news."""
        return [*chance.sample(self.news, len(self.news) // 2), *self.written, *self.elsewhere]


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


def logits(network: Network, rows: Sequence[Example]) -> Tensor:
    """Return a batch's logits, in bfloat16 as far as that goes."""
    with torch.autocast(network.device.type, dtype=torch.bfloat16):
        return network(*tensors(rows, network.device)).float()  # type: ignore[no-any-return]


def train(network: Network, rows: Questions, held_out: dict[str, list[Example]], epochs: int) -> None:
    """Train in place, and print how it goes."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    first = list(batches([*rows.news, *rows.elsewhere], chance))
    every = first + [batch for _ in range(epochs) for batch in batches(rows.epoch(chance), chance)]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01, fused=True)
    network.bert.encoder.compile(dynamic=True)
    network.train()
    started, total = perf_counter(), 0.0
    for step, batch in enumerate(every, start=1):
        falling = (len(every) - step + 1) / max(1, len(every) - len(first))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(step / WARM_UP, falling, 1.0)
        answers = torch.tensor([one.answer for one in batch], device=network.device)
        loss = functional.cross_entropy(logits(network, batch), answers)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's types
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        total += loss.item()
        if step % 100 == 0:
            print(f"{step} of {len(every)} steps, loss {total / 100:.3f}, {perf_counter() - started:.0f} s", flush=True)
            total = 0.0
        if step % 1_000 == 0 or step == len(every):
            for name, others in held_out.items():
                print(f"held out, {name}: {measured(network, others)}", flush=True)


@torch.inference_mode()
def measured(network: Network, rows: Sequence[Example]) -> str:
    """Return how well answerable questions and near misses are told apart, and how often the sentence is right."""
    sure: dict[bool, list[float]] = {True: [], False: []}
    right = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for one, found in zip(batch, logits(network, batch).cpu().numpy(), strict=True):
            some = found[1 : 1 + max(one.sentences)]
            sure[one.answer > 0].append(float(np.logaddexp.reduce(some) - found[0]))
            right += one.answer == 1 + int(some.argmax())
    return (
        f"AUROC {auroc(sure[True], sure[False]):.3f} of {len(sure[True])} questions and {len(sure[False])} near misses"
        f", the sentence right for {right / len(sure[True]):.3f}"
    )


def save(network: Network, file: Path) -> None:
    """Write all but the word vectors: the layers' matrices as int8, the rest in half precision."""
    kept: dict[str, Tensor] = {}
    for full, tensor in network.state_dict().items():
        name = full.removeprefix("bert.").replace("_orig_mod.", "")
        if "word_embeddings" in name:
            continue
        if name.startswith("encoder.") and tensor.ndim == MATRIX:
            whole, step = rounded(tensor.float().cpu().numpy())
            kept |= {name: torch.from_numpy(whole), name + STEP: torch.from_numpy(step)}
        else:
            kept[name] = tensor.to(torch.float16).cpu().contiguous()
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, file)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, sha256 {sha256(file.read_bytes()).hexdigest()}")


def main(arguments: Sequence[str]) -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, default=NEWS)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(arguments)
    torch.manual_seed(SEED)
    folder = model_folder(BUNDLED_ENCODER)
    tokenizer: Any = model_tokenizer(folder)
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    news = balanced(of_news(given.news, given.passages), chance)
    own = written(len(news), given.passages)

    def of(passages: Sequence[Read], *, held_out: bool = False) -> list[Example]:
        return examples(tokenizer, [one for one in passages if one.held_out == held_out])

    rows = Questions(of(news), of(own), of([*elsewhere(news, chance)[::3], *elsewhere(own, chance)[::6]]))
    every = [*rows.news, *rows.written, *rows.elsewhere]
    print(f"{len(every)} questions to train on, {sum(one.answer > 0 for one in every)} of them answerable", flush=True)
    network = Network(folder).to(given.device)
    held_out = {"news": of(news, held_out=True), "written": of(own, held_out=True)}
    train(network, rows, held_out, given.epochs)
    save(network, given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
