"""The device and the arithmetic of the models."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

_COMPARED = (torch.float32, torch.bfloat16)
_MEASURED = 7
_LEAST_GAIN = 1.2
"""How much faster bfloat16 must be to be worth its rounding."""


def choose_device(name: str) -> torch.device:
    """`auto` takes CUDA where there is one. Raises ValueError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device {name!r}: this machine has no usable CUDA device")
    return device


def use_threads(threads: int) -> int:
    """Set the CPU threads of the models; 0 takes the cores this process may use. Returns them."""
    chosen = threads or cores()
    torch.set_num_threads(chosen)
    return chosen


def disable_cudnn_attention(device: torch.device) -> None:
    """On CUDA, take no attention of cuDNN in this process.

    It makes a plan for each shape that it meets, and packed rows have a new one each time: the
    first 8 batches of 32 sentences took 5.0 s on an H100, without it 0.55 s (ADR 22).
    """
    if device.type == "cuda":
        torch.backends.cuda.enable_cudnn_sdp(enabled=False)


def cores(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores this process has: its affinity mask, and no more than its container's CPU quota.

    Of a quota with a fraction the whole part, 1 at least: threads beyond it are stopped together.
    `groups` is where the control groups are mounted, version 2 or 1.
    """
    mask = len(os.sched_getaffinity(0))
    quota = _quota(groups)
    return mask if quota is None else max(1, min(mask, int(quota)))


def _quota(groups: Path) -> float | None:
    """Cores that the control group may use; None without a limit, or where nothing says so."""
    try:
        if (groups / "cpu.max").exists():
            limit, period = (groups / "cpu.max").read_text().split()
        else:
            limit = (groups / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (groups / "cpu" / "cpu.cfs_period_us").read_text()
        return int(limit) / int(period) if int(limit) > 0 else None
    except (OSError, ValueError):  # "max", or no such files
        return None


@lru_cache(maxsize=8)
def bfloat16_pays(device: torch.device) -> bool:
    """Whether products in bfloat16 are faster than in float32.

    On a CPU with the instructions it is measured, once a process: an EPYC multiplies twice as fast
    in bfloat16, a Xeon whose AMX a virtual machine hides half as fast.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not torch.cpu._is_avx512_bf16_supported():  # there is no public question
        return False
    turns = [tuple(map(_seconds_of_a_product, _COMPARED)) for _ in range(_MEASURED)]
    plain, short = (min(seconds) for seconds in zip(*turns, strict=True))
    return bool(short * _LEAST_GAIN < plain)


def _seconds_of_a_product(dtype: torch.dtype) -> float:
    """Of the size of an encoder's feed-forward layer over a batch."""
    left, right = torch.ones(2_048, 384, dtype=dtype), torch.ones(1_536, 384, dtype=dtype)
    started = time.perf_counter()
    torch.nn.functional.linear(left, right)
    return time.perf_counter() - started
