"""What is free goes back to the system."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from newsfold import heap

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
print(trim(), (kept - resident()) // 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_what_is_free_below_what_is_in_use_is_given_back() -> None:
    """Which glibc does not do by itself: here 95 MiB."""
    found = subprocess.run(
        [sys.executable, "-c", FRAGMENTED], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert found[0] == "True"
    assert int(found[1]) > 80


async def test_it_is_done_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """And ends when it is cancelled."""
    times = 0

    def trim() -> bool:
        nonlocal times
        times += 1
        return True

    monkeypatch.setattr(heap, "trim", trim)
    monkeypatch.setattr(heap, "EVERY_S", 0.01)
    task = asyncio.create_task(heap.keep_trimmed())
    async with asyncio.timeout(5):
        while times < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
