"""What is free goes back to the system."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys

import pytest

from newsfold import heap
from tests.rpc.running import HeldPipeline, running

FRAGMENTED = """
import ctypes, os
from newsfold.heap import trim
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
taken = [libc.malloc(100_000) for _ in range(1000)]
for block in taken:
    ctypes.memset(block, 1, 100_000)
for block in taken[:-1]:
    libc.free(block)
kept = resident()
trim()
print((kept - resident()) // 2**20)
"""
HEAPS = """
import ctypes, threading
from newsfold.heap import one_heap
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
print(one_heap(), flush=True)
gate = threading.Barrier(4)
def take():
    gate.wait()
    libc.malloc(1000)
    gate.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def test_what_lives_is_left_out_of_collections_until_the_last_leaves() -> None:
    """Two pipelines of one process, of which one closes first."""
    before = gc.get_freeze_count()
    with heap.settled():
        with heap.settled():
            pass
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == 0


glibc = pytest.mark.skipif(not heap.trims(), reason="no glibc")


def said_by(program: str, environment: dict[str, str]) -> str:
    """What a process prints that has nothing but this environment to say about malloc."""
    names = {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}
    unset = {k: v for k, v in os.environ.items() if k not in names}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=unset | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


@glibc
def test_what_is_free_below_what_is_in_use_is_given_back() -> None:
    """Which glibc does not do by itself: here 95 MiB."""
    assert int(said_by(FRAGMENTED, {})) > 80


@glibc
@pytest.mark.parametrize(
    ("environment", "decided", "alone"),
    [
        ({}, True, True),
        ({"MALLOC_ARENA_MAX": "8"}, False, False),
        ({"GLIBC_TUNABLES": "glibc.malloc.arena_max=8"}, False, False),
        ({"GLIBC_TUNABLES": "glibc.malloc.tcache_count=7"}, True, True),
    ],
    ids=["by default", "variable", "tunable", "another tunable"],
)
def test_threads_share_a_heap(environment: dict[str, str], *, decided: bool, alone: bool) -> None:
    """As glibc itself counts them; what the environment says goes first."""
    found = said_by(HEAPS, environment)
    assert found.startswith(str(decided))
    assert (found.count("<heap nr=") == 1) is alone


async def test_it_is_done_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """And ends when it is cancelled."""
    times = 0

    def trim() -> None:
        nonlocal times
        times += 1

    monkeypatch.setattr(heap, "trims", lambda: True)
    monkeypatch.setattr(heap, "trim", trim)
    monkeypatch.setattr(heap, "EVERY_S", 0.01)
    task = asyncio.create_task(heap.keep_trimmed())
    async with asyncio.timeout(5):
        while times < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_tried_where_nothing_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with musl."""
    monkeypatch.setattr(heap, "trims", lambda: False)
    async with asyncio.timeout(5):
        await heap.keep_trimmed()


async def test_a_server_does_it_while_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """And stops with the server."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(heap, "trims", lambda: True)
    monkeypatch.setattr(heap, "trim", lambda: loop.call_soon_threadsafe(done.set))
    async with running(HeldPipeline()), asyncio.timeout(5):
        await done.wait()
    assert not [task for task in asyncio.all_tasks() if "keep_trimmed" in repr(task)]
