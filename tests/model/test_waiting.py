"""How threads wait between two parallel regions is said before torch is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "10000"),
        ({"GOMP_SPINCOUNT": "77"}, "77"),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, "0"),
    ],
    ids=["by default", "spins", "policy"],
)
def test_threads_sleep_soon(said: dict[str, str], expected: str) -> None:
    """As OpenMP itself shows it; what the environment says goes first."""
    unset = {k: v for k, v in os.environ.items() if k not in {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}}
    found = subprocess.run(
        [sys.executable, "-c", "import newsfold.server, torch"],
        env=unset | said | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    if "GOMP_" not in found.stderr:
        pytest.skip("torch computes with another OpenMP here")
    assert f"GOMP_SPINCOUNT = '{expected}'" in found.stderr
