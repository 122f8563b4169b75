"""The running server: time to SERVING, 200 calls at once, and its peak memory.

`python -m benchmarks.service` starts `newsfold serve` as a process of its own, sends it the demo
articles over loopback and reads its memory from /proc. Linux only.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.uncached import NOTHING_KEPT
from newsfold.cli.child import ChildServer
from newsfold.client import AsyncClient, Client, NewsfoldError, OverloadedError
from newsfold.client.health import Health
from newsfold.readers import read_bytes

if TYPE_CHECKING:
    from newsfold.v1 import newsfold_pb2 as pb

CALLS = 200
AT_ONCE = 8
CALL_LIMIT_S = 300.0


def main() -> None:
    """Print the table."""
    # Two hundred identical requests are to be two hundred requests here.
    os.environ.update(NOTHING_KEPT)
    told = machine.describe()
    print(f"machine {told['machine']}; {told['date']}; commit {told['commit']}")
    print("| what | value |\n|---|---|")
    started = time.perf_counter()
    with ChildServer() as server:
        ports = server.wait_listening(lambda event: None)
        target = f"127.0.0.1:{ports.grpc}"
        with Client(target) as client:
            server.wait_until(lambda: _serving(client), lambda event: None)
        print(f"| start to SERVING | {time.perf_counter() - started:.1f} s |")
        asyncio.run(_load(target))
        print(f"| peak resident memory after {CALLS} answers | {_peak_mib(server.pid)} MiB |")


async def _load(target: str) -> None:
    """One call at a time, then all at once, then until `CALLS` were answered."""
    articles = _demo_articles()
    async with AsyncClient(target, timeout=CALL_LIMIT_S) as client:
        seconds = [await _timed(client, articles) for _ in range(5)]
        print(f"| demo request alone, median of 5 | {median(seconds):.2f} s |")
        begin = time.perf_counter()
        calls = (_outcome(client, articles) for _ in range(CALLS))
        outcomes = Counter(await asyncio.gather(*calls))
        told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        print(f"| {CALLS} at once | {told}; {time.perf_counter() - begin:.1f} s |")
        # The rest of the answers, a few at a time: memory is what counts here.
        for _ in range(0, CALLS - outcomes["OK"], AT_ONCE):
            await asyncio.gather(*(_timed(client, articles) for _ in range(AT_ONCE)))


def _demo_articles() -> list[pb.Article]:
    packed = (files("newsfold.demo") / "articles.jsonl").read_bytes()
    return [r.article for r in read_bytes(packed, name="articles.jsonl", suffix=".jsonl")]


def _serving(client: Client) -> bool:
    try:
        return client.health() is Health.SERVING
    except NewsfoldError:
        return False


async def _timed(client: AsyncClient, articles: list[pb.Article]) -> float:
    begin = time.perf_counter()
    await client.summarize(articles)
    return time.perf_counter() - begin


async def _outcome(client: AsyncClient, articles: list[pb.Article]) -> str:
    """How one call ended; an overload counts as such only if it says when to come back."""
    try:
        await client.summarize(articles)
    except OverloadedError as refused:
        return "RESOURCE_EXHAUSTED with RetryInfo" if refused.retry_after else "without RetryInfo"
    except NewsfoldError as failed:
        return type(failed).__name__
    return "OK"


def _peak_mib(pid: int) -> int:
    """Peak resident set since the process started."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError(f"process {pid} has no VmHWM")


if __name__ == "__main__":
    main()
