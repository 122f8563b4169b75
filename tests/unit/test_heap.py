"""All threads of a server are served from one heap."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
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


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
@pytest.mark.parametrize(
    ("said", "decided", "alone"),
    [
        ({}, True, True),
        ({"MALLOC_ARENA_MAX": "8"}, False, False),
        ({"GLIBC_TUNABLES": "glibc.malloc.arena_max=8"}, False, False),
        ({"GLIBC_TUNABLES": "glibc.malloc.tcache_count=7"}, True, True),
    ],
    ids=["by default", "variable", "tunable", "another tunable"],
)
def test_threads_share_a_heap(said: dict[str, str], *, decided: bool, alone: bool) -> None:
    """As glibc itself counts them; what the environment says goes first."""
    names = {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}
    unset = {k: v for k, v in os.environ.items() if k not in names}
    found = subprocess.run(
        [sys.executable, "-c", HEAPS],
        env=unset | said,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert found.startswith(str(decided))
    assert (found.count("<heap nr=") == 1) is alone
