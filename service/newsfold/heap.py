"""Memory that this process has freed, and objects that it keeps: who looks after them, and when."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S = 10.0
"""Between two times that it is given back."""
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
_TUNABLE = "glibc.malloc.arena_max"

_entered: list[None] = []
_log = structlog.get_logger(__name__)


def one_heap() -> bool:
    """Have glibc serve all threads from one heap; False if it does not, or the environment decides.

    The end of other heaps is never given back (ADR 25). To be called before threads start.
    """
    if "MALLOC_ARENA_MAX" in os.environ or _TUNABLE in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1


def trims() -> bool:
    """Whether the C library can give free memory back; musl and macOS cannot."""
    return hasattr(ctypes.CDLL(None), "malloc_trim")


def trim() -> None:
    """Give back to the system what is free.

    glibc by itself gives back only the end of a heap, so what is free between blocks in use would
    stay. While it runs, threads that allocate wait.
    """
    ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def settled() -> Iterator[None]:
    """Leave what lives now out of garbage collections, until the end.

    The models and libraries are a million objects that stay. A full collection in a request would
    look through all of them: 0.25 s (AMD EPYC, 2026-11-26). Where it is entered several times the
    last to leave ends it, since the collector knows one set of such objects.
    """
    gc.collect()
    gc.freeze()
    _entered.append(None)
    try:
        yield
    finally:
        _entered.pop()
        if not _entered:
            gc.unfreeze()


async def keep_trimmed() -> None:
    """Trim now and every `EVERY_S` seconds until cancelled; return at once where nothing can."""
    if not trims():
        _log.info("heap.kept", reason="the C library has no malloc_trim")
        return
    while True:
        await asyncio.to_thread(trim)
        await asyncio.sleep(EVERY_S)
