"""The device: a container's cores, as its control group says, and kernels on CUDA."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch

from newsfold.model.device import cores, disable_cudnn_attention

if TYPE_CHECKING:
    from pathlib import Path

MASK = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("max 100000", MASK),
        ("50000 100000", 1),
        ("100000 100000", 1),
        ("199000 100000", 1),
        ("100000000 100000", MASK),
        ("nonsense", MASK),
    ],
)
def test_a_quota_of_version_2_bounds_the_cores(told: str, expected: int, tmp_path: Path) -> None:
    """Whole cores, one at least, and never more than the mask has."""
    (tmp_path / "cpu.max").write_text(told + "\n")
    assert cores(tmp_path) == expected


@pytest.mark.parametrize(("limit", "expected"), [("-1", MASK), ("100000", 1)])
def test_a_quota_of_version_1_does_too(limit: str, expected: int, tmp_path: Path) -> None:
    """-1 is no limit."""
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(limit)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cores(tmp_path) == expected


def test_without_control_groups_the_mask_counts(tmp_path: Path) -> None:
    """As on a machine that has none."""
    assert cores(tmp_path) == MASK


@pytest.mark.parametrize(("device", "plans"), [("cpu", True), ("cuda:0", False)])
def test_on_cuda_no_kernel_is_planned_for_each_shape(device: str, *, plans: bool) -> None:
    """That is, none of cuDNN's; a CPU is left as it is."""
    before = torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]
    try:
        torch.backends.cuda.enable_cudnn_sdp(enabled=True)
        disable_cudnn_attention(torch.device(device))
        assert torch.backends.cuda.cudnn_sdp_enabled() is plans  # type: ignore[no-untyped-call]
    finally:
        torch.backends.cuda.enable_cudnn_sdp(enabled=before)
