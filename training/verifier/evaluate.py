"""Judges a run or an exported verifier on pairs it has not seen.

`python -m training.verifier.evaluate --model FOLDER --pairs PAIRS/dev.jsonl` prints the threshold
with the best balanced accuracy, and what is detected of each kind there.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig

from training.initialise import minilm_folder
from training.verifier.model import Verifier, batch_of, encode
from training.verifier.pairs import FAITHFUL, Pair, read_pairs
from training.verifier.settings import VerifierSettings


@dataclass(frozen=True)
class Verdicts:
    """What a threshold buys. Shares, 0..1."""

    threshold: float
    """Probability of "supported" below which a sentence is stopped."""
    balanced_accuracy: float
    false_alarms: float
    detected: dict[str, float]
    """By kind of corruption."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a run or an exported folder")
    parser.add_argument("--pairs", type=Path, required=True, help="a file that mine wrote")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    scorer = Scorer(options.model, options.device)
    print(json.dumps(vars(judge(pairs, scorer.scores(pairs))), indent=1))


class Scorer:
    """A verifier that is not trained any more."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Reads `config.json` and the weights; the tokenizer is the folder's, else MiniLM's."""
        config = BertConfig.from_dict(json.loads((folder / "config.json").read_text()))
        exported = folder / "model.safetensors"
        self._device = torch.device(device)
        self.model = Verifier(config)
        self.model.load_state_dict(
            load_file(exported if exported.exists() else folder / "weights.safetensors")
        )
        self.model.to(self._device).eval()
        own = folder / "tokenizer.json"
        path = own if own.exists() else minilm_folder() / "tokenizer.json"
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def scores(self, pairs: Sequence[Pair], batch_pairs: int = 64) -> list[float]:
        """Probability of "supported" for each pair, in order."""
        rows = [encode(pair, self._tokenizer, VerifierSettings.max_tokens) for pair in pairs]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
        scores = [0.0] * len(rows)
        with torch.inference_mode():
            for start in range(0, len(order), batch_pairs):
                chosen = order[start : start + batch_pairs]
                logits = self.model(*batch_of([rows[i] for i in chosen], self._device))
                for index, score in zip(chosen, logits.sigmoid().tolist(), strict=True):
                    scores[index] = score
        return scores


def judge(pairs: Sequence[Pair], scores: Sequence[float]) -> Verdicts:
    """At the threshold with the best balanced accuracy; ValueError unless both kinds are there."""
    true = sorted(s for p, s in zip(pairs, scores, strict=True) if p.supported)
    false = sorted(s for p, s in zip(pairs, scores, strict=True) if not p.supported)
    if not (true and false):
        raise ValueError("pairs must be of both kinds")
    found = max(
        ((sum(s >= t for s in true) / len(true) + sum(s < t for s in false) / len(false)) / 2, t)
        for t in (i / 100 for i in range(1, 100))
    )
    stopped: dict[str, list[bool]] = defaultdict(list)
    for pair, score in zip(pairs, scores, strict=True):
        stopped[pair.kind].append(score < found[1])
    shares = {kind: sum(v) / len(v) for kind, v in sorted(stopped.items())}
    return Verdicts(found[1], found[0], shares.pop(FAITHFUL, 0.0), shares)


if __name__ == "__main__":
    main()
