"""The cores of a container are what its control group says, where it says something."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from newsfold.model.device import cores

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
