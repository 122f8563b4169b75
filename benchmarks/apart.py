"""One system at a time, each in a process of its own.

What a system leaves behind in a process, a team of threads that waits, slows the next one there.
"""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

from newsfold.model.device import use_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

K = TypeVar("K")
T = TypeVar("T")

RUNS = 3


def median_of(prepare: Callable[[], Callable[[], T]]) -> tuple[T, float]:
    """The output of what `prepare` gives, and the median of the seconds. `prepare` is pickled."""
    return alone(partial(_measured, prepare))


def alone(function: Callable[[], T]) -> T:
    """What it returns in a process of its own. `function` is pickled, and so is what it returns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        return own.submit(function).result()


def medians_of(
    runs: Mapping[K, Callable[[], Callable[[], T]]],
) -> dict[K, tuple[T, float]]:
    """`median_of` each, by its name, which is printed with the seconds: it takes a while."""
    found = {}
    for name, prepare in runs.items():
        found[name] = median_of(prepare)
        print(f"{name}: {found[name][1]:.2f} s", flush=True)
    return found


def output_of(prepare: Callable[[], Callable[[], T]]) -> T:
    """The output of what `prepare` gives, run once. `prepare` is pickled."""
    return alone(partial(_ran, prepare))


def in_own_thread(function: Callable[[], T]) -> T:
    """What it returns, once the thread has ended."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(function).result()


def timed(run: Callable[[], T], runs: int = RUNS) -> tuple[T, float]:
    """What it returns, and the median of the seconds of so many runs after one to warm up."""
    found = run()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        found = run()
        times.append(time.perf_counter() - started)
    return found, statistics.median(times)


def _measured(prepare: Callable[[], Callable[[], T]]) -> tuple[T, float]:
    use_threads(0)
    return timed(prepare())


def _ran(prepare: Callable[[], Callable[[], T]]) -> T:
    use_threads(0)
    return prepare()()
