"""How the C library keeps the memory of this process."""

import ctypes
import os

_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
_TUNABLE = "glibc.malloc.arena_max"


def one_heap() -> bool:
    """Have glibc serve all threads from one heap; False if it does not, or the environment decides.

    By itself it gives threads heaps of their own. Tensors come in all sizes, and what is freed in
    one heap serves no other and is seldom given back (ADR 25). To be called before threads start.
    """
    if "MALLOC_ARENA_MAX" in os.environ or _TUNABLE in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl and macOS have none
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1
