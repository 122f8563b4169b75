"""Gathers the verifier's pairs: `python -m training.verifier.mine --rows ROWS --out PAIRS`.

Most are made of the rewriter's rows; with them go those of `unmined`: the written ones always,
drafts with `--drafts FILES --labels FILES`.

A row's inputs and target are a supported pair; corrupted targets are the others, and each stays
on its row's side of the split by month. Headlines are left out: a title may say more than the
sentences it was mined with.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.config import DEFAULT_CONFIG, load_config
from training.rows import WRITTEN, Row, read_rows
from training.verifier import unmined
from training.verifier.corrupt import (
    BROKEN,
    CORRUPTIONS,
    OTHER_STORY,
    WRITING,
    corrupt,
    strangers,
)
from training.verifier.pairs import FAITHFUL, Pair, write_pairs
from training.verifier.source import Source

STRANGERS = 6
FALSE_PER_ROW = 2
VERBATIM_SHARE = 0.3
_TASKS = frozenset({"fuse", "compress"})
_UNDATED = "undated"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="folder that training.mine wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument(
        "--drafts", type=Path, nargs="*", default=[], help="what benchmarks.drafts --json wrote"
    )
    parser.add_argument(
        "--labels", type=Path, nargs="*", default=[], help="their verdicts: benchmarks/labels"
    )
    options = parser.parse_args()
    if bool(options.drafts) is not bool(options.labels):
        parser.error("--drafts and --labels go together")
    options.out.mkdir(parents=True, exist_ok=True)
    seed = load_config(options.config).seed
    counts = {}
    for split in ("train", "dev"):
        pairs = [*mine(read_rows(options.rows / f"{split}.jsonl"), seed), *unmined.written(split)]
        if options.drafts:
            pairs += unmined.drafted(split, options.drafts, options.labels)
        write_pairs(options.out / f"{split}.jsonl", pairs)
        kinds = Counter(f"{pair.origin}/{pair.kind}" for pair in pairs)
        counts[split] = dict(sorted(kinds.items()))
        print(f"{split}: {len(pairs)} pairs {counts[split]}", flush=True)
    (options.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")


def mine(rows: Sequence[Row], seed: int) -> Iterator[Pair]:
    """For each row the true pair, up to `FALSE_PER_ROW` changed ones and one error of a writer.

    Of some rows also a sentence of the evidence before itself, which is true. The kinds that few
    sentences allow come first, so that all are seen.
    """
    used = [row for row in rows if row.task in _TASKS and row.kind != WRITTEN]
    texts = [row.inputs for row in used]
    stories = [row.story for row in used]
    seen: Counter[str] = Counter()
    for number, row in enumerate(used):
        key = f"{seed}/{number}"
        foreign = strangers(texts, stories, row.story, key, STRANGERS)
        month = row.month or _UNDATED
        yield Pair(row.inputs, row.target, True, FAITHFUL, row.story, month, True)
        rng = random.Random(key)
        if rng.random() < VERBATIM_SHARE:
            yield Pair(row.inputs, rng.choice(row.inputs), True, FAITHFUL, row.story, month, True)
        source = Source(row.target, row.inputs, foreign)
        wrong = {kind: text for kind in WRITING if (text := corrupt(kind, source, key))}
        if wrong:
            kind = min(wrong, key=lambda kind: seen[kind] * rng.uniform(0.5, 1.5))
            seen[kind] += 1
            whole = False if kind in BROKEN else None
            yield Pair(row.inputs, wrong[kind], False, kind, row.story, month, whole)
        made = {kind: text for kind in CORRUPTIONS if (text := corrupt(kind, source, key))}
        order = sorted(made, key=lambda kind: (seen[kind] * rng.uniform(0.5, 1.5), kind))
        for kind in order[:FALSE_PER_ROW]:
            seen[kind] += 1
            yield Pair(row.inputs, made[kind], False, kind, row.story, month)
        if foreign and rng.random() < 1 / len(CORRUPTIONS):
            evidence = tuple(foreign[: len(row.inputs)])
            yield Pair(evidence, row.target, False, OTHER_STORY, row.story, month)


if __name__ == "__main__":
    main()
