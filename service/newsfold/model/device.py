"""The device and the arithmetic of the models."""

from __future__ import annotations

import os

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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
    chosen = threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(chosen)
    return chosen


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products run in hardware; elsewhere they are slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())  # there is no public question
