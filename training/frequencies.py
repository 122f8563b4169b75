"""Count in how many articles of an archive each word stem occurs: the service's background idf.

`python -m training.frequencies ARCHIVE.jsonl.gz` writes the table that
`newsfold.pipeline.frequencies` reads: the number of articles, then a stem and its count a line,
stems of fewer than `LEAST` articles left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

from newsfold.pipeline.facts import content_words
from newsfold.pipeline.frequencies import TABLE

LEAST = 8


def main() -> None:
    """Write the table into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="articles with title and text, .jsonl.gz")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    articles = 0
    with gzip.open(arguments.archive, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            counts.update(set(content_words(f"{article['title']}. {article['text']}")))
            articles += 1
    kept = sorted((stem, n) for stem, n in counts.items() if n >= LEAST and stem.isascii())
    text = "".join([f"{articles}\n", *(f"{stem}\t{n}\n" for stem, n in kept)])
    path = Path(__file__).resolve().parents[1] / "service" / "newsfold" / "pipeline" / TABLE
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{path}: {len(kept)} stems of {articles} articles")


if __name__ == "__main__":
    main()
