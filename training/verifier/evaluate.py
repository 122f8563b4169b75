"""Judges a run or an exported verifier on pairs it has not seen.

`python -m training.verifier.evaluate --model FOLDER --pairs PAIRS/dev.jsonl` prints, by the origin
of the pairs, the threshold with the best balanced accuracy of the first verdict, what is detected
of each kind there, and how well the second verdict tells whole sentences from others.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
    pairs: int
    wholeness: float | None
    """Best balanced accuracy of the second verdict; None if nothing tells."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a run or an exported folder")
    parser.add_argument("--pairs", type=Path, required=True, help="a file that mine wrote")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    scorer = Scorer(options.model, options.device)
    for origin, verdicts in judge_by_origin(pairs, scorer.scores(pairs)).items():
        print(origin, json.dumps(vars(verdicts), indent=1))


class Scores(NamedTuple):
    """Probabilities, 0..1."""

    supported: float
    whole: float


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

    def scores(self, pairs: Sequence[Pair], batch_pairs: int = 64) -> list[Scores]:
        """The probabilities for each pair, in order."""
        rows = [encode(pair, self._tokenizer, VerifierSettings.max_tokens) for pair in pairs]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
        scores = [Scores(0.0, 0.0)] * len(rows)
        with torch.inference_mode():
            for start in range(0, len(order), batch_pairs):
                chosen = order[start : start + batch_pairs]
                logits = self.model(*batch_of([rows[i] for i in chosen], self._device))
                for index, found in zip(chosen, logits.sigmoid().tolist(), strict=True):
                    scores[index] = Scores(*found)
        return scores


def judge_by_origin(pairs: Sequence[Pair], scores: Sequence[Scores]) -> dict[str, Verdicts]:
    """The pairs of each origin apart. ValueError unless each has both kinds."""
    found = {}
    for origin in dict.fromkeys(pair.origin for pair in pairs):
        own = [(p, s) for p, s in zip(pairs, scores, strict=True) if p.origin == origin]
        found[origin] = judge([p for p, _ in own], [s for _, s in own])
    return found


def judge(pairs: Sequence[Pair], scores: Sequence[Scores]) -> Verdicts:
    """At the threshold with the best balanced accuracy; ValueError unless both kinds are there."""
    found = _best([pair.supported for pair in pairs], [score.supported for score in scores])
    stopped: dict[str, list[bool]] = defaultdict(list)
    for pair, score in zip(pairs, scores, strict=True):
        stopped[pair.kind].append(score.supported < found[1])
    shares = {kind: sum(v) / len(v) for kind, v in sorted(stopped.items())}
    alarms = shares.pop(FAITHFUL, 0.0)
    known = [(p.whole, s.whole) for p, s in zip(pairs, scores, strict=True) if p.whole is not None]
    truth = [whole for whole, _ in known]
    whole = _best(truth, [score for _, score in known])[0] if len(set(truth)) > 1 else None
    return Verdicts(found[1], found[0], alarms, shares, len(pairs), whole)


def _best(truth: Sequence[bool], scores: Sequence[float]) -> tuple[float, float]:
    """The best balanced accuracy, and the threshold that has it; ValueError without both kinds."""
    true = [s for t, s in zip(truth, scores, strict=True) if t]
    false = [s for t, s in zip(truth, scores, strict=True) if not t]
    if not (true and false):
        raise ValueError("pairs must be of both kinds")
    return max(
        ((sum(s >= t for s in true) / len(true) + sum(s < t for s in false) / len(false)) / 2, t)
        for t in (i / 100 for i in range(1, 100))
    )


if __name__ == "__main__":
    main()
