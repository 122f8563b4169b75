"""Open loop: requests come by a Poisson process, however busy the server is.

A server is started as a process of its own and first asked for all it can do, which is its
capacity; then it gets shares and multiples of the capacity of newsfold, from callers that leave at
their deadlines. Peers are the same server with one request at a time, and with `generate` on static
batches in place of the loop in which rows join and leave; they get the same requests at the same
times. Articles are those of the news corpora; nothing is cached, or a benchmark of a minute would
measure its own repetitions.
"""

from __future__ import annotations

import asyncio
import os
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from benchmarks.corpora import neus_summaries
from benchmarks.engine.outcomes import LOADS, OURS, Call, beside_peers, rows_of, with_goals
from benchmarks.engine.traffic import DEADLINES_S, LARGE_SHARE, STORIES_LARGE, WORDS, Traffic
from benchmarks.report import Result
from benchmarks.uncached import NOTHING_KEPT
from newsfold.cli.child import ChildServer, serving
from newsfold.client import Client, NewsfoldError
from newsfold.client.health import Health
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch

    from benchmarks.engine.traffic import Asked
    from newsfold.pipeline.types import Article

_SEED = "11"
_FEW = 0.8
"""Below this load two thirds of the calls are enough: a low load takes long."""
_AT_ONCE = 12
"""Calls under way while the capacity is measured."""
_PATIENCE_S = 600.0
"""For an answer while the capacity is measured, long enough for a slow machine."""
_SERVER = {**NOTHING_KEPT, "NEWSFOLD_CANARY_S": "0"}
_STATIC = "benchmarks.engine.static_server"


async def measure(
    seconds: float, calls: int, device: torch.device
) -> tuple[list[Result], list[str]]:
    """Each load, of the server and of its peers, for `seconds` and `calls` at least; notes."""
    own = _SERVER | {"NEWSFOLD_DEVICE": str(device)}
    bench = _Bench([story.articles for story in neus_summaries("train")], seconds, calls)
    results: list[Result] = []
    capacity = None
    for system, environment, module in (
        (OURS, own, "newsfold"),
        ("one request at a time", own | {"NEWSFOLD_MAX_RUNNING_REQUESTS": "1"}, "newsfold"),
        ("static batches", own, _STATIC),
    ):
        with _server(environment, module) as (target, metrics):
            found = await bench.capacity(target)
            results.append(Result("capacity", system, "online", found, "requests/s"))
            capacity = capacity or found
            if not capacity:
                raise RuntimeError(f"{system} answered nothing within {seconds:g} s")
            results += await bench.loads(system, target, metrics, capacity)
    ratios, lost = beside_peers(results)
    note = (
        f"Online: Poisson arrivals for {seconds:.0f} s a load, or until {calls} have come, and"
        f" {bench.least(0.0)} at less than {_FEW:g} x; the same requests at the same times for each"
        f" system. {1 - LARGE_SHARE:.0%} of the requests are one story of 2 or 3 articles, the"
        f" others {STORIES_LARGE}; {WORDS} words a story, 4 beams; deadlines of"
        f" {', '.join(f'{d:.0f}' for d in DEADLINES_S)} s, a third each. Capacity: answers a second"
        f" with {_AT_ONCE} calls always under way, in {seconds:.0f} s; loads are multiples of that"
        " of newsfold. Goodput: answers in time, while the load lasts. Client and server share the"
        " machine. Nothing is cached."
    )
    return [*with_goals(results), *ratios], [note, *lost]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What the servers are asked."""

    stories: Sequence[Sequence[Article]]
    seconds: float
    calls: int

    def least(self, load: float) -> int:
        """Calls of a load."""
        return self.calls if load >= _FEW else 2 * self.calls // 3

    async def capacity(self, target: str) -> float:
        """Answers a second while there is always enough to do."""
        traffic = Traffic(self.stories, f"{_SEED}, capacity")
        done = 0
        async with grpc.aio.insecure_channel(target, _no_retries()) as channel:
            stub = pb_grpc.SummarizationServiceStub(channel)
            ends = time.perf_counter() + self.seconds

            async def ask() -> None:
                nonlocal done
                while time.perf_counter() < ends:
                    await stub.SummarizeArticles(traffic.asked().request, timeout=_PATIENCE_S)
                    done += time.perf_counter() < ends

            await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
        return done / self.seconds

    async def loads(self, system: str, target: str, metrics: str, capacity: float) -> list[Result]:
        """Run one load after the other, each until its last call has ended."""
        results = []
        for load in LOADS:
            traffic = Traffic(self.stories, f"{_SEED}, {load:g}")
            arrivals, lasts = traffic.arrivals(load * capacity, self.seconds, self.least(load))
            before = _tokens(metrics)
            calls = await _open_loop(target, arrivals)
            spent = {kind: count - before[kind] for kind, count in _tokens(metrics).items()}
            results += rows_of(system, load, calls, Counter(spent), lasts)
            ends = Counter(call.code.name for call in calls)
            print(f"{system} at {load:g}, {lasts:.0f} s: {dict(ends)}", flush=True)
        return results


async def _open_loop(target: str, arrivals: Sequence[tuple[float, Asked]]) -> list[Call]:
    async with grpc.aio.insecure_channel(target, _no_retries()) as channel:
        stub = pb_grpc.SummarizationServiceStub(channel)
        tasks = []
        starts = time.perf_counter()
        for due, asked in arrivals:
            await asyncio.sleep(max(0.0, starts + due - time.perf_counter()))
            tasks.append(asyncio.create_task(_call(stub, asked, starts)))
        return list(await asyncio.gather(*tasks))


async def _call(stub: pb_grpc.SummarizationServiceAsyncStub, asked: Asked, starts: float) -> Call:
    begin = time.perf_counter()
    code = grpc.StatusCode.OK
    try:
        await stub.SummarizeArticles(asked.request, timeout=asked.deadline)
    except grpc.aio.AioRpcError as error:
        code = error.code()
    now = time.perf_counter()
    return Call(asked.large, asked.deadline, now - begin, code, now - starts)


@contextmanager
def _server(environment: Mapping[str, str], module: str) -> Iterator[tuple[str, str]]:
    """A running server: its target, and the address of its metrics."""
    os.environ.update(environment)
    try:
        with ChildServer(serving(module)) as server:
            ports = server.wait_listening(lambda event: None)
            target = f"127.0.0.1:{ports.grpc}"
            with Client(target) as client:
                server.wait_until(lambda: _serving(client), lambda event: None)
            yield target, f"http://127.0.0.1:{ports.metrics}/metrics"
    finally:
        for name in environment:
            del os.environ[name]


def _serving(client: Client) -> bool:
    try:
        return client.health() is Health.SERVING
    except NewsfoldError:
        return False


def _tokens(metrics: str) -> Counter[str]:
    """Tokens of the writer on the device so far, by kind."""
    found: Counter[str] = Counter()
    with urllib.request.urlopen(metrics, timeout=30) as answer:  # noqa: S310 - our own server
        for line in answer.read().decode().splitlines():
            name, _, count = line.rpartition(" ")
            if name.startswith("newsfold_engine_tokens_total{") and 'work="write"' in name:
                found[name.partition('kind="')[2].partition('"')[0]] += int(float(count))
    return found


def _no_retries() -> list[tuple[str, int]]:
    return [("grpc.enable_retries", 0), ("grpc.max_send_message_length", 32 * 1024 * 1024)]
