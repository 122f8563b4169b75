"""What an output is judged by; every function is over one output or one list of them.

Words here are runs of letters and digits in lower case: the surface form is not judged, because the
model's own output has none (it is uncased).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rouge_score.rouge_scorer import RougeScorer

from training.targets import balanced_quotes
from training.text import numbers, words

_FINAL_MARK = re.compile(r"[.!?][\"”’')\s]*$")
_LONG = 4  # letters
_scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


@dataclass(frozen=True)
class Scores:
    """Means over a set of rows. ROUGE is stemmed F in percent; the others are shares, 0..1.

    `new_words`: of the output's words of more than 3 letters, those in no input. `new_numbers`:
    rows with a number in no input. `length`: output words by words of the first input.
    """

    rows: int
    rouge1: float
    rouge2: float
    rouge_l: float
    new_words: float
    new_numbers: float
    repeated_trigrams: float
    open_quotes: float
    no_final_mark: float
    length: float


def score(
    outputs: Sequence[str], targets: Sequence[str], inputs: Sequence[Sequence[str]]
) -> Scores:
    """Scores outputs against targets and against the inputs they were made from."""
    rouge = [_scorer.score(t, o) for t, o in zip(targets, outputs, strict=True)]
    pairs = list(zip(outputs, inputs, strict=True))
    new, long = (sum(column) for column in zip(*(_new_words(o, i) for o, i in pairs), strict=True))
    return Scores(
        rows=len(outputs),
        rouge1=100 * _mean([r["rouge1"].fmeasure for r in rouge]),
        rouge2=100 * _mean([r["rouge2"].fmeasure for r in rouge]),
        rouge_l=100 * _mean([r["rougeL"].fmeasure for r in rouge]),
        new_words=new / max(1, long),
        new_numbers=_mean([bool(_new_numbers(o, i)) for o, i in pairs]),
        repeated_trigrams=_mean([repeats_a_trigram(o) for o in outputs]),
        open_quotes=_mean([not balanced_quotes(o) for o in outputs]),
        no_final_mark=_mean([_FINAL_MARK.search(o) is None for o in outputs]),
        length=_mean([len(words(o)) / max(1, len(words(i[0]))) for o, i in pairs]),
    )


def repeats_a_trigram(text: str) -> bool:
    """True where three words in a row come twice."""
    lower = [word.lower() for word in words(text)]
    trigrams = list(zip(lower, lower[1:], lower[2:], strict=False))
    return len(set(trigrams)) < len(trigrams)


def rouge_1(reference: str, text: str) -> float:
    """Stemmed ROUGE-1 F, 0..1."""
    return float(_scorer.score(reference, text)["rouge1"].fmeasure)


def _new_words(output: str, inputs: Sequence[str]) -> tuple[int, int]:
    known = {word.lower() for sentence in inputs for word in words(sentence)}
    long = [word.lower() for word in words(output) if len(word) >= _LONG]
    return sum(word not in known for word in long), len(long)


def _new_numbers(output: str, inputs: Sequence[str]) -> set[str]:
    known = {number for sentence in inputs for number in numbers(words(sentence))}
    return numbers(words(output)) - known


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
