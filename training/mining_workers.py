"""Mines all articles of an archive in parallel; rows come in the same order for any number."""

from __future__ import annotations

import logging
import multiprocessing
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.fusion import FusionMiner
from training.headlines import HeadlineMiner
from training.neighbours import neighbours
from training.restore import RestoreMiner
from training.rows import Row
from training.sentence_bank import SentenceBank
from training.split import Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkProcess
    from multiprocessing.queues import Queue

    from training.archive import Article
    from training.config import Config

log = logging.getLogger("mine")
Mined = list[tuple[str, Row]]
_CHUNK = 256
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Work:
    """What a forked worker inherits: the miners share one sentence bank of several GB."""

    fusion: FusionMiner
    headlines: HeadlineMiner
    restore: RestoreMiner
    split: Split

    def mine(self, articles: range) -> Mined:
        """All rows of these articles with their split; rows that straddle are dropped."""
        return [
            (split, row)
            for article in articles
            for miner in (self.fusion, self.headlines, self.restore)
            for row, drawn_on in miner.mine(article)
            if (split := self.split.of(drawn_on)) is not None
        ]


def mined_rows(
    config: Config, articles: Sequence[Article], workers: int
) -> Iterator[tuple[str, Row]]:
    """Yields (split, row) in the order of the articles; TimeoutError if a worker has died.

    Workers are forked, so that the bank is shared and never pickled.
    """
    work = _prepare(config, articles)
    chunks = [
        range(start, min(start + _CHUNK, len(articles)))
        for start in range(0, len(articles), _CHUNK)
    ]
    context = multiprocessing.get_context("fork")
    results: Queue[tuple[int, Mined]] = context.Queue()
    processes = [
        context.Process(
            target=_run, args=(work, chunks, range(n, len(chunks), workers), results), daemon=True
        )
        for n in range(workers)
    ]
    for process in processes:
        process.start()
    waiting: dict[int, Mined] = {}
    start = time.monotonic()
    for number in range(len(chunks)):
        while number not in waiting:
            _receive(results, waiting, processes)
        yield from waiting.pop(number)
        left = (time.monotonic() - start) * (len(chunks) - number - 1) / (number + 1)
        log.info("%d of %d articles, %.0f s left", chunks[number].stop, len(articles), left)


def _prepare(config: Config, articles: Sequence[Article]) -> Work:
    settings = config.mine
    near = neighbours(articles, settings.neighbours)
    log.info("neighbours: %.1f an article", sum(map(len, near)) / max(1, len(near)))
    bank = SentenceBank(articles)
    log.info("%d sentences", len(bank.sentences))
    return Work(
        FusionMiner(
            articles,
            bank=bank,
            neighbours=near,
            rules=settings.support,
            settings=settings.fusion,
            seed=config.seed,
        ),
        HeadlineMiner(
            articles,
            bank=bank,
            neighbours=near,
            min_coverage=settings.headline_coverage,
            min_similarity=settings.headline_similarity,
            seed=config.seed,
        ),
        RestoreMiner(articles, bank=bank, share=settings.restore_share, seed=config.seed),
        Split(articles, near, config.data.dev_months, config.data.same_story_similarity),
    )


def _run(work: Work, chunks: list[range], own: range, results: Queue[tuple[int, Mined]]) -> None:
    for number in own:
        results.put((number, work.mine(chunks[number])))


def _receive(
    results: Queue[tuple[int, Mined]], waiting: dict[int, Mined], processes: list[ForkProcess]
) -> None:
    """Waits for one chunk; a worker that was killed is noticed by its exit status or by time."""
    if any(process.exitcode not in (None, 0) for process in processes):
        raise RuntimeError("a mining worker died; is there memory enough?")
    number, rows = results.get(timeout=_PATIENCE_SECONDS)
    waiting[number] = rows
