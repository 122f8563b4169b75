"""What the C library keeps of the memory that this process has freed."""

from __future__ import annotations

import asyncio
import ctypes

EVERY_S = 10.0
"""Between two times that it is given back."""


def trim() -> bool:
    """Give back to the system what is free; False if the C library has no way to, or nothing was.

    Tensors come in all sizes, and what is free between those that are in use is else kept: glibc
    gives back the end of a heap only (ADR 25). Takes milliseconds, in which who allocates waits.
    """
    release = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl and macOS have none
    return release is not None and release(0) == 1


async def keep_trimmed() -> None:
    """Trim now and every `EVERY_S` seconds, until cancelled."""
    while True:
        await asyncio.to_thread(trim)
        await asyncio.sleep(EVERY_S)
