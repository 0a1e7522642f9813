"""Train the reader: the bundled encoder's layers, further, on questions that passages answer and near misses of them.

    python eval/reader/train.py [--news ../shared/data/news] [--epochs 2] [--passages N] [--device cpu] [--out FILE]
    python eval/reader/train.py --squad train-v1.1.json [--start FILE] [--share 0.42] [--others 20000] [--rate 6e-5]
                                [--seed 0] [--mixed 1] [the same]
    python eval/reader/train.py --squad train-v1.1.json --written --share 0.2 --others 8000 --seed 2 --mixed 0.7

The reader reads a question and a passage together and says for each sentence whether it answers, or that none does.
At first it reads, once, the questions on news and those beside passages of others, then all of them as often as
`--epochs` says, of those on news half each time. The second command goes on from what the first wrote: with people's
questions of SQuAD 1.1, near misses made of them (see `squad.py`), and some of the others. The third goes on from there,
with the questions that were written for SQuAD's paragraphs (see `paragraphs.py`), and keeps 0.3 of what the weights
were. Word vectors stay as they are: the reader shares the encoder's. One passage in twenty is held out, of SQuAD one
article. The first takes under two hours on two cores, the others one each; with `--passages` only so many of each file
are read, for a look.

The loss is that of Devlin et al., "BERT" (2019), section 4.3, where "none" competes with the places of the answer; here
with whole sentences, and with single tokens beside that where the answer's own words are known, which teaches what is
asked for and is not kept. `askdocs eval` with and without ASKDOCS_ANSWERS_READER=false says what the reader gains.

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
from paragraphs import of_paragraphs
from safetensors.torch import save_file
from squad import of_squad
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from askdocs.close_reading.reader import WEIGHTS
from askdocs.encoding.bert_graph import STEP, read_weights, rounded
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import model_tokenizer
from askdocs.evaluation.measures import auroc
from askdocs.settings import BUNDLED_ENCODER

ROOT = Path(__file__).resolve().parents[2]
NEWS = ROOT.parent / "shared" / "data" / "news"
OUT = Path(__file__).with_name(WEIGHTS)

BATCH = 24
SPANS = 0.5
"""The weight of the loss by the answer's first and last token, beside that by sentences."""

MEASURED = 1_500
"""Of the questions that are held out of SQuAD so many are measured."""

MADE = 0.3
"""The share of near misses by rule that is kept beside those that were written."""

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
        self.ends = nn.Linear(self.bert.config.hidden_size, 2)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.null.weight.device

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of none and of each sentence, and those of each token to be the answer's first or last.

        Shapes `(examples, 1 + most sentences)` and `(examples, tokens, 2)`, where the first token stands for none.
        """
        found = self.bert(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        states = found.last_hidden_state
        member = functional.one_hot(sentences)[:, :, 1:].to(states.dtype)
        tokens = member.sum(1)
        means = torch.einsum("bts,btd->bsd", member, states) / tokens.clamp(min=1).unsqueeze(-1)
        some = self.sentence(means).squeeze(-1).float().masked_fill(tokens == 0, -1e4)
        outside = (sentences == 0).index_fill(1, torch.zeros(1, dtype=torch.long, device=ids.device), value=False)
        ends = self.ends(states).float().masked_fill(outside.unsqueeze(-1), -1e4)
        return torch.cat([self.null(states[:, 0]).float(), some], dim=1), ends


@dataclass(frozen=True, slots=True)
class Course:
    """Batches in order, and the rate: it rises to `rate` in `warm_up` steps, and falls to 0 in the last `falling`."""

    batches: list[list[Example]]
    falling: int
    rate: float
    warm_up: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Questions:
    """What is trained on: questions on news, on the passages written for this, and beside passages of others."""

    news: list[Example]
    written: list[Example]
    elsewhere: list[Example]

    def first(self, epochs: int, chance: random.Random) -> Course:
        """Return the first stage. When the questions on news were read its rate begins to fall."""
        steady = list(batches([*self.news, *self.elsewhere], chance))
        falling = [batch for _ in range(epochs) for batch in batches(self._epoch(chance), chance)]
        return Course(steady + falling, len(falling), rate=8e-5, warm_up=300)

    def some(self, count: int, chance: random.Random) -> list[Example]:
        """Return so many of all of them."""
        every = [*self.news, *self.written, *self.elsewhere]
        return chance.sample(every, min(count, len(every)))

    def _epoch(self, chance: random.Random) -> list[Example]:
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


def falling(rows: list[list[Example]], rate: float) -> Course:
    """Return a later stage: one reading at a rate that falls, with what is known of the answers' own words."""
    return Course(rows, len(rows), rate, warm_up=200, ends=True)


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


def logits(network: Network, rows: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return a batch's logits, in bfloat16 as far as that goes."""
    with torch.autocast(network.device.type, dtype=torch.bfloat16):
        some, ends = network(*tensors(rows, network.device))
    return some.float(), ends.float()


def loss_of(network: Network, rows: Sequence[Example], *, ends: bool) -> Tensor:
    """Return a batch's loss by sentences, and with `ends` by the answer's first and last token where they are known."""
    of_sentences, of_tokens = logits(network, rows)
    loss = functional.cross_entropy(of_sentences, torch.tensor([one.answer for one in rows], device=network.device))
    if ends and (known := [place for place, one in enumerate(rows) if one.ends is not None]):
        wanted = torch.tensor([rows[place].ends for place in known], device=network.device)
        loss = loss + SPANS * functional.cross_entropy(of_tokens[known], wanted)
    return loss


def train(network: Network, course: Course, held_out: dict[str, list[Example]]) -> None:
    """Train in place, and print how it goes."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=course.rate, weight_decay=0.01, fused=True)
    network.bert.encoder.compile(dynamic=True)
    network.train()
    started, total, steps = perf_counter(), 0.0, len(course.batches)
    for step, batch in enumerate(course.batches, start=1):
        for group in optimiser.param_groups:
            group["lr"] = course.rate * min(step / course.warm_up, (steps - step + 1) / max(1, course.falling), 1.0)
        loss = loss_of(network, batch, ends=course.ends)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's types
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        total += loss.item()
        if step % 100 == 0:
            print(f"{step} of {steps} steps, loss {total / 100:.3f}, {perf_counter() - started:.0f} s", flush=True)
            total = 0.0
        if step % 1_000 == 0 or step == steps:
            for name, others in held_out.items():
                print(f"held out, {name}: {measured(network, others)}", flush=True)


@torch.inference_mode()
def measured(network: Network, rows: Sequence[Example]) -> str:
    """Return how well answerable questions and near misses are told apart, and how often the sentence is right."""
    sure: dict[bool, list[float]] = {True: [], False: []}
    right = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for one, found in zip(batch, logits(network, batch)[0].cpu().numpy(), strict=True):
            some = found[1 : 1 + max(one.sentences)]
            sure[one.answer > 0].append(float(np.logaddexp.reduce(some) - found[0]))
            right += one.answer == 1 + int(some.argmax())
    return (
        f"AUROC {auroc(sure[True], sure[False]):.3f} of {len(sure[True])} questions and {len(sure[False])} near misses"
        f", the sentence right for {right / len(sure[True]):.3f}"
    )


def mix(network: Network, before: dict[str, Tensor], share: float) -> None:
    """Set the weights to a share of what they are and the rest of what they were, which keeps more of what that knew.

    After Wortsman et al., "Robust fine-tuning of zero-shot models" (2022).
    """
    with torch.no_grad():
        for name, now in network.state_dict().items():
            if now.is_floating_point():
                now.lerp_(before[name], 1 - share)


def save(network: Network, file: Path) -> None:
    """Write all but the word vectors: the layers' matrices as int8, the rest in half precision."""
    kept: dict[str, Tensor] = {}
    for full, tensor in network.state_dict().items():
        name = full.removeprefix("bert.").replace("_orig_mod.", "")
        if "word_embeddings" in name or name.startswith("ends."):
            continue
        if name.startswith("encoder.") and tensor.ndim == MATRIX:
            whole, step = rounded(tensor.float().cpu().numpy())
            kept |= {name: torch.from_numpy(whole), name + STEP: torch.from_numpy(step)}
        else:
            kept[name] = tensor.to(torch.float16).cpu().contiguous()
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, file)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, sha256 {sha256(file.read_bytes()).hexdigest()}")


def load(network: Network, file: Path) -> None:
    """Read what `save` wrote, or end where a file is anything else."""
    own = {name: torch.from_numpy(np.array(value)) for name, value in dict(read_weights(file)).items()}
    heads = {name for name, _ in network.named_parameters() if not name.startswith("bert.")}
    state = {name if name in heads else f"bert.{name}": value for name, value in own.items()}
    missing, unknown = network.load_state_dict(state, strict=False)
    if unknown or any("word_embeddings" not in name and not name.startswith("ends.") for name in missing):
        sys.exit(f"{file}: is not what this writes")


def main(arguments: Sequence[str]) -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, default=NEWS)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--squad", type=Path, help="the training file of SQuAD 1.1")
    parser.add_argument("--share", type=float, default=0.42, help="of the questions of SQuAD")
    parser.add_argument("--others", type=int, default=20_000, help="of the first questions, to stay good at them")
    parser.add_argument("--written", action="store_true", help="with the questions written for the paragraphs of SQuAD")
    parser.add_argument("--mixed", type=float, default=1.0, help="the share of what is trained; the rest is as it was")
    parser.add_argument("--start", type=Path, default=OUT, help="what --squad goes on from")
    parser.add_argument("--rate", type=float, default=6e-5, help="with --squad, that the rate falls from")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    if given.squad and not given.squad.is_file():
        parser.error(f"{given.squad} is not there; it is the training file that SQuAD 1.1 was published with")
    if given.squad and not given.start.is_file():
        parser.error(f"{given.start} is not there; train it first, without --squad, or name it by --start")
    torch.manual_seed(given.seed)
    folder = model_folder(BUNDLED_ENCODER)
    tokenizer: Any = model_tokenizer(folder)
    chance = random.Random(given.seed)  # noqa: S311  nothing secret
    news = balanced(of_news(given.news, given.passages), chance)
    own = written(len(news), given.passages)

    def of(passages: Sequence[Read], *, held_out: bool = False) -> list[Example]:
        return examples(tokenizer, [one for one in passages if one.held_out == held_out])

    rows = Questions(of(news), of(own), of([*elsewhere(news, chance)[::3], *elsewhere(own, chance)[::6]]))
    held_out = {"news": of(news, held_out=True), "written": of(own, held_out=True)}
    if given.squad:
        asked = of_squad(given.squad, given.share, chance)
        others = of(asked, held_out=True)
        held_out |= {"squad": chance.sample(others, min(MEASURED, len(others)))}
        if given.written:
            close = of_paragraphs(given.squad)
            held_out |= {"written for squad": of(close, held_out=True)}
            asked = balanced([*(one for one in asked if one.asked[0].answer or chance.random() < MADE), *close], chance)
        course = falling(list(batches([*of(asked), *rows.some(given.others, chance)], chance)), given.rate)
    else:
        course = rows.first(given.epochs, chance)
    every = [one for batch in course.batches for one in batch]
    print(f"{len(every)} examples to train on, {sum(one.answer > 0 for one in every)} of them answerable", flush=True)
    network = Network(folder).to(given.device)
    if given.squad:
        load(network, given.start)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    train(network, course, held_out)
    if given.mixed < 1:
        mix(network, before, given.mixed)
    save(network, given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
