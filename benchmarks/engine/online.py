"""Open loop: requests come by a Poisson process, however busy the server is.

A server is started as a process of its own and first asked for all it can do, which is its
capacity; then it gets shares and multiples of that, from callers that leave at their deadlines.
Peers are the same server with one request at a time, and with `generate` on static batches in place
of the loop in which rows join and leave. Articles are those of the news corpora; nothing is cached,
or a benchmark of a minute would measure its own repetitions.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import numpy as np

from benchmarks.corpora import neus_summaries
from benchmarks.report import Result
from benchmarks.uncached import NOTHING_KEPT
from newsfold.cli.child import ChildServer, serving
from newsfold.client import Client, NewsfoldError
from newsfold.client.health import Health
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOADS = (0.5, 0.8, 1.0, 1.5, 3.0)
_DEADLINES_S = (2.0, 5.0, 20.0)
_LARGE_SHARE = 0.2
_STORIES_LARGE = 3
"""Stories of a large request, two or three articles each; a small one has one story."""
_WORDS = 50
_LEAST_CALLS = 40
"""Of a load; a low one takes longer."""
_LATE_REFUSAL_S = 0.25
"""A refusal that took longer did not come on arrival: the request had been admitted, and waited."""
_CALIBRATION_S = 20.0
_AT_ONCE = 12
"""Calls under way while the capacity is measured."""
_SERVER = {**NOTHING_KEPT, "NEWSFOLD_CANARY_S": "0"}
_STATIC = "benchmarks.engine.static_server"


@dataclass(frozen=True, slots=True)
class _Call:
    """How one call ended."""

    large: bool
    deadline: float
    seconds: float
    code: grpc.StatusCode
    ended: float
    """Seconds after the load began."""

    @property
    def broken_off(self) -> bool:
        """Whether it was admitted and got no answer in time."""
        late = self.code is grpc.StatusCode.DEADLINE_EXCEEDED
        return late or (
            self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and self.seconds > _LATE_REFUSAL_S
        )


async def measure(seconds: float) -> tuple[list[Result], list[str]]:
    """Each load for `seconds`, of the server and of its peers; notes."""
    traffic = _Traffic(seed=11)
    results: list[Result] = []
    with _server({}) as (target, metrics):
        capacity = await _capacity(target, traffic)
        results.append(Result("capacity", "newsfold", "online", capacity, "requests/s"))
        results += await _loads("newsfold", target, metrics, traffic, capacity, LOADS, seconds)
    with _server({"NEWSFOLD_MAX_RUNNING_REQUESTS": "1"}) as (target, metrics):
        results += await _loads(
            "one request at a time", target, metrics, traffic, capacity, LOADS, seconds
        )
    with _server({}, static=True) as (target, metrics):
        results += await _loads(
            "static batches", target, metrics, traffic, capacity, LOADS, seconds
        )
    results += _goals(results)
    note = (
        f"Online: Poisson arrivals for {seconds:.0f} s a load, or until about {_LEAST_CALLS};"
        f" {1 - _LARGE_SHARE:.0%} of the"
        f" requests are one story of 2 or 3 articles, the others {_STORIES_LARGE}; {_WORDS} words a"
        f" story, 4 beams; deadlines of {', '.join(f'{d:.0f}' for d in _DEADLINES_S)} s, a third"
        f" each. Capacity: answers a second with {_AT_ONCE} calls always under way, in"
        f" {_CALIBRATION_S:.0f} s. Goodput: answers in time, while the load lasts. Client and"
        " server share the machine. Nothing is cached."
    )
    return results, [note]


class _Traffic:
    """Requests drawn from the stories of the corpus."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._stories = [story.articles for story in neus_summaries("train")]

    def request(self) -> tuple[pb.SummarizeArticlesRequest, bool, float]:
        """A request, whether it is a large one, and its deadline in seconds."""
        large = self._chance.random() < _LARGE_SHARE
        stories = self._chance.sample(self._stories, _STORIES_LARGE if large else 1)
        articles = [
            pb.Article(title=article.title, body=article.body)
            for story in stories
            for article in story
        ]
        request = pb.SummarizeArticlesRequest(
            articles=articles, options=pb.SummaryOptions(target_words=_WORDS)
        )
        return request, large, self._chance.choice(_DEADLINES_S)

    def gap(self, rate: float) -> float:
        """Seconds until the next arrival."""
        return self._chance.expovariate(rate)


async def _capacity(target: str, traffic: _Traffic) -> float:
    """Answers a second while there is always enough to do."""
    done = 0
    async with grpc.aio.insecure_channel(target, _no_retries()) as channel:
        stub = pb_grpc.SummarizationServiceStub(channel)
        ends = time.perf_counter() + _CALIBRATION_S

        async def ask() -> None:
            nonlocal done
            while time.perf_counter() < ends:
                await stub.SummarizeArticles(traffic.request()[0], timeout=120.0)
                done += time.perf_counter() < ends

        await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
    return done / _CALIBRATION_S


async def _loads(
    system: str,
    target: str,
    metrics: str,
    traffic: _Traffic,
    capacity: float,
    loads: Sequence[float],
    seconds: float,
) -> list[Result]:
    """Run one load after the other, each until its last call has ended."""
    results = []
    for load in loads:
        before = _tokens(metrics)
        rate = load * capacity
        lasts = max(seconds, _LEAST_CALLS / rate)
        calls = await _open_loop(target, traffic, rate, lasts)
        spent = {kind: count - before[kind] for kind, count in _tokens(metrics).items()}
        results += _rows(system, f"online, {load:g} x capacity", calls, spent, lasts)
        print(f"{system} at {load:g}: {Counter(call.code.name for call in calls)}", flush=True)
    return results


async def _open_loop(target: str, traffic: _Traffic, rate: float, seconds: float) -> list[_Call]:
    async with grpc.aio.insecure_channel(target, _no_retries()) as channel:
        stub = pb_grpc.SummarizationServiceStub(channel)
        tasks = []
        starts = time.perf_counter()
        due = starts + traffic.gap(rate)
        while due < starts + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(_call(stub, *traffic.request(), starts)))
            due += traffic.gap(rate)
        return list(await asyncio.gather(*tasks))


async def _call(
    stub: pb_grpc.SummarizationServiceAsyncStub,
    request: pb.SummarizeArticlesRequest,
    large: bool,
    deadline: float,
    starts: float,
) -> _Call:
    begin = time.perf_counter()
    code = grpc.StatusCode.OK
    try:
        await stub.SummarizeArticles(request, timeout=deadline)
    except grpc.aio.AioRpcError as error:
        code = error.code()
    now = time.perf_counter()
    return _Call(large, deadline, now - begin, code, now - starts)


def _rows(
    system: str, setting: str, calls: Sequence[_Call], tokens: Mapping[str, float], seconds: float
) -> list[Result]:
    answered = [call for call in calls if call.code is grpc.StatusCode.OK]
    refused = [call for call in calls if call.code is grpc.StatusCode.RESOURCE_EXHAUSTED]
    late = [call for call in calls if call.code is grpc.StatusCode.DEADLINE_EXCEEDED]
    broken_off = [call for call in calls if call.broken_off]
    rows = [
        Result("requests sent", system, setting, len(calls), ""),
        Result(
            "goodput",
            system,
            setting,
            sum(call.ended <= seconds for call in answered) / seconds,
            "requests/s",
        ),
        Result("refused", system, setting, 100 * len(refused) / len(calls), "%"),
        Result("admitted and late", system, setting, 100 * len(late) / len(calls), "%"),
        Result(
            "admitted and refused later",
            system,
            setting,
            100 * (len(broken_off) - len(late)) / len(calls),
            "%",
        ),
        Result("other errors", system, setting, len(calls) - len(answered + refused + late), ""),
    ]
    for name, kind in (("small", False), ("large", True)):
        times = [call.seconds for call in answered if call.large is kind]
        if times:
            rows += [
                Result(f"time to answer, {name}, p{p}", system, setting, value, "s")
                for p, value in zip((50, 95, 99), np.percentile(times, (50, 95, 99)), strict=True)
            ]
    if refused:
        quick = 1000 * statistics.median(call.seconds for call in refused)
        rows.append(Result("time to refuse, p50", system, setting, quick, "ms"))
        slow = 1000 * float(np.percentile([call.seconds for call in refused], 95))
        rows.append(Result("time to refuse, p95", system, setting, slow, "ms"))
    if tokens["written"]:
        wasted = 100 * tokens["wasted"] / (tokens["written"] + tokens["wasted"])
        rows.append(Result("tokens written in vain", system, setting, wasted, "%"))
    if tokens["read"]:
        padding = 100 * tokens["padding"] / (tokens["read"] + tokens["padding"])
        rows.append(Result("padding", system, setting, padding, "%"))
    missed = sum(call.deadline == 5.0 for call in broken_off)
    rows.append(Result("5 s deadlines missed once admitted", system, setting, missed, ""))
    return rows


def _goals(rows: Sequence[Result]) -> list[Result]:
    """The goals, of our own rows."""

    def value(metric: str, load: float) -> Result:
        setting = f"online, {load:g} x capacity"
        wanted = (metric, "newsfold", setting)
        return next(r for r in rows if (r.metric, r.system, r.setting) == wanted)

    goodput = {load: value("goodput", load).value for load in LOADS}
    most = max(LOADS)
    kept = Result(
        "goodput over its peak", "newsfold", f"online, {most:g} x capacity",
        goodput[most] / max(goodput.values()), "",
    )  # fmt: skip
    return [
        kept.at_least(0.9),
        value("time to refuse, p95", most).at_most(20.0),
        value("tokens written in vain", most).at_most(2.0),
        value("5 s deadlines missed once admitted", 0.8).at_most(0),
    ]


@contextmanager
def _server(extra: Mapping[str, str], *, static: bool = False) -> Iterator[tuple[str, str]]:
    """A running server: its target, and the address of its metrics."""
    environment = _SERVER | dict(extra)
    os.environ.update(environment)
    try:
        with ChildServer(serving(_STATIC) if static else None) as server:
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
