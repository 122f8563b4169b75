"""The running server: time to SERVING, 200 calls at once, and its peak memory.

`python -m benchmarks.service` starts `newsfold serve` as a process of its own, sends it the demo
articles over loopback and reads its memory from /proc. Linux only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import machine
from newsfold.cli.demo import demo_articles
from newsfold.client import AsyncClient, NewsfoldError, OverloadedError

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = 200
START_LIMIT_S = 120.0
CALL_LIMIT_S = 300.0


def main() -> None:
    """Print the table."""
    told = machine.describe()
    print(f"machine {told['machine']}; {told['date']}; commit {told['commit']}")
    print("| what | value |\n|---|---|")
    started = time.perf_counter()
    with _server() as (process, target):
        asyncio.run(_measure(target, started, process.pid))


async def _measure(target: str, started: float, pid: int) -> None:
    async with AsyncClient(target, timeout=CALL_LIMIT_S) as client:
        await _serving(client, started)
        print(f"| start to SERVING | {time.perf_counter() - started:.1f} s |")
        seconds = [await _timed(client) for _ in range(5)]
        print(f"| demo request alone, median of 5 | {median(seconds):.2f} s |")
        begin = time.perf_counter()
        outcomes = Counter(await asyncio.gather(*(_outcome(client) for _ in range(CALLS))))
        told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        print(f"| {CALLS} at once | {told}; {time.perf_counter() - begin:.1f} s |")
        for _ in range(CALLS - outcomes["OK"]):
            await _timed(client)
        print(f"| peak resident memory after {CALLS} answers | {_peak_mib(pid)} MiB |")


async def _serving(client: AsyncClient, started: float) -> None:
    """Wait for SERVING."""
    while time.perf_counter() - started < START_LIMIT_S:
        with contextlib.suppress(NewsfoldError):
            if (await client.health()).serving:
                return
        await asyncio.sleep(0.1)
    sys.exit(f"benchmarks: not SERVING after {START_LIMIT_S:.0f} s")


async def _timed(client: AsyncClient) -> float:
    begin = time.perf_counter()
    await client.summarize(demo_articles())
    return time.perf_counter() - begin


async def _outcome(client: AsyncClient) -> str:
    """How one call ended; an overload counts as such only if it says when to come back."""
    try:
        await client.summarize(demo_articles())
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


@contextlib.contextmanager
def _server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`newsfold serve` on a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "newsfold", "serve", "--port", str(port), "--metrics-port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


if __name__ == "__main__":
    main()
