"""Rows from releases that come with a written target: compressions and editors' roundups."""

import re
from collections.abc import Iterator
from pathlib import Path

from training import text
from training.archive import Exclusions, normal_form, read_jsonl
from training.rows import Row
from training.sentence_bank import MAX_INPUT_WORDS, MIN_INPUT_WORDS, Sentence
from training.support import SupportRules, coverage
from training.targets import balanced_quotes

_LEAST_WORDS = 4  # in a compression
_MOST_INPUTS = 3
_LEAST_NEW = 2  # content words that each further input must add
_TORN = re.compile(r", said\.$|\$ [^\d]|^(?:Who|Which|That|Whose|And|But|Or)\b| (?:of|the|a|to)\.$")


def compressions(path: Path) -> Iterator[Row]:
    """Sentence and compression; those that the release tore apart are left out."""
    for record in read_jsonl(path):
        source, target = record["document"], record["summary"].replace(" ' ", "' ")
        if (
            len(text.words(target)) >= _LEAST_WORDS
            and balanced_quotes(target)
            and not _TORN.search(target)
        ):
            yield Row("compress", "compress", (source,), target, normal_form(source)[:60], "")


def roundups(path: Path, split: str, excluded: Exclusions, rules: SupportRules) -> Iterator[Row]:
    """Each sentence of an editor's roundup with the document sentences that state it.

    Editors paraphrase, so runs are not asked for; names and numbers are, without exception.
    """
    for record in read_jsonl(path):
        titles = {normal_form(document.split("\n", 1)[0]) for document in record["documents"]}
        if record["split"] != split or titles & excluded.titles:
            continue
        pool = [
            Sentence(sentence, place, 0, frozenset())
            for place, document in enumerate(record["documents"])
            for sentence in text.sentences(document.split("\n", 1)[-1])
            if MIN_INPUT_WORDS <= sentence.count(" ") + 1 <= MAX_INPUT_WORDS
        ]
        for written in text.sentences(record["summary"]):
            target = Sentence(written, -1, 0, frozenset())
            inputs = _cover(target, pool)
            if inputs and balanced_quotes(written) and coverage(target, inputs) >= rules.coverage:
                month = min((date for date in record["dates"] if date), default="")[:7]
                chosen = tuple(sentence.text for sentence in inputs)
                yield Row("fuse", "roundup", chosen, written, record["id"], month)


def _cover(target: Sentence, pool: list[Sentence]) -> list[Sentence]:
    chosen: list[Sentence] = []
    missing = target.content_set
    while pool and len(chosen) < _MOST_INPUTS:
        best = max(pool, key=lambda sentence: len(missing & sentence.content_set))
        if len(missing & best.content_set) < _LEAST_NEW:
            break
        chosen.append(best)
        missing = missing - best.content_set
    known = frozenset[str]().union(*(sentence.known_facts for sentence in chosen))
    return chosen if target.facts <= known else []
