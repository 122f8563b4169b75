"""From an archive to training rows: `python -m training.mine --out FOLDER`.

Writes `train.jsonl`, `dev.jsonl`, `restore.jsonl` and `counts.json`. Needs about 12 GB for 37,000
articles.
"""

import argparse
import json
import logging
from collections import Counter
from pathlib import Path

from training.archive import Exclusions, exclusions, read_archive, read_jsonl
from training.config import DEFAULT_CONFIG, Config, DataSettings, load_config
from training.mining_workers import mined_rows
from training.prompt import RESTORE
from training.references import compressions, roundups
from training.rows import Row, write_rows
from training.split import balanced, hashed_share
from training.written_rows import written_rows

log = logging.getLogger("mine")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument("--data", type=Path, help="folder of the releases")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    mine(load_config(options.config, options.data), options.out, options.workers)


def mine(config: Config, out: Path, workers: int) -> dict[str, Counter[str]]:
    """Mines all kinds of rows and writes them; returns the number of rows by split and kind."""
    data = config.data
    held_out = held_out_articles(data)
    articles = [a for a in read_archive(data.folder / data.archive) if not held_out.covers(a)]
    log.info("%d articles after exclusions", len(articles))
    rows: dict[str, list[Row]] = {"train": [], "dev": []}
    restored: list[Row] = []
    for row in compressions(data.folder / data.compressions):
        share = config.mine.dev_share_of_compressions
        rows["dev" if hashed_share(row.story) < share else "train"].append(row)
    for row in roundups(data.folder / data.roundups, "train", held_out, config.mine.support):
        if row.month not in data.dev_months:
            rows["train"].append(row)
    for split, row in mined_rows(config, articles, workers):
        if row.task != RESTORE:
            rows[split].append(row)
        elif split == "train":
            restored.append(row)
    judged = {sentence for row in rows["dev"] for sentence in (*row.inputs, row.target)}
    restored = [row for row in restored if row.target not in judged]
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / "restore.jsonl", restored)
    log.info("%d restored sentences", len(restored))
    counts = {}
    for split, found in rows.items():
        kept = balanced(_distinct(found), config.mine.most_to_least, config.seed)
        if split == "train":
            kept += written_rows()
        write_rows(out / f"{split}.jsonl", kept)
        log.info("%s: %d rows", split, len(kept))
        counts[split] = Counter(row.kind for row in kept + (restored if split == "train" else []))
    (out / "counts.json").write_text(json.dumps(counts, indent=1, sort_keys=True))
    return counts


def held_out_articles(data: DataSettings) -> Exclusions:
    """Titles and openings of the evaluation stories: both NeuS val splits and the seed story."""
    pairs = []
    for record in read_jsonl(data.folder / data.roundups):
        if record["split"] == "val":
            pairs += [tuple(document.split("\n\n", 1)) for document in record["documents"]]
    for record in read_jsonl(data.folder / data.held_out_clusters):
        if "-val-" in record["cluster"]:
            pairs.append((record["title"], record["text"]))
    for record in read_jsonl(data.folder / data.held_out_story):
        pairs.append((record["title"], record["text"]))
    return exclusions((pair[0], pair[-1]) for pair in pairs)


def _distinct(rows: list[Row]) -> list[Row]:
    """One row for each target and set of inputs: wire copies give the same pair again."""
    seen = {(row.target, frozenset(row.inputs)): row for row in reversed(rows)}
    return list(reversed(seen.values()))


if __name__ == "__main__":
    main()
