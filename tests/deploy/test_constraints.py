"""constraints.txt pins what pyproject.toml asks for, for any machine."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from pathlib import Path

_GRPC_RUNTIME = ("grpcio", "grpcio-health-checking", "grpcio-reflection", "grpcio-status")


@pytest.fixture
def pins(root: Path) -> dict[str, str]:
    """Name -> version."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.fixture
def direct(root: Path) -> list[Requirement]:
    """What pyproject.toml asks for, the dev extra included."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        Requirement(text)
        for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])
    ]


def test_every_line_pins_one_version_for_any_machine(root: Path) -> None:
    """No file, no address, no local build such as +cpu."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+")
    assert [line for line in lines if not line.startswith("#") and not pin.fullmatch(line)] == []


def test_every_direct_dependency_is_pinned_within_its_bounds(
    direct: list[Requirement], pins: dict[str, str]
) -> None:
    """An edit of pyproject.toml without `make constraints` fails here."""
    loose = [
        str(requirement)
        for requirement in direct
        if pins.get(canonicalize_name(requirement.name), "none") not in requirement.specifier
    ]
    assert loose == []


def test_torch_is_the_version_that_has_a_cpu_build(pins: dict[str, str]) -> None:
    """A newer one would bring several gigabytes of CUDA."""
    assert pins["torch"] == "2.13.0"


def test_generated_stubs_and_their_runtime_have_one_lower_bound(
    direct: list[Requirement],
) -> None:
    """Stubs refuse a grpcio older than the grpcio-tools that made them."""
    bounds = {
        requirement.name: str(requirement.specifier)
        for requirement in direct
        if requirement.name in (*_GRPC_RUNTIME, "grpcio-tools")
    }
    assert set(bounds) == {*_GRPC_RUNTIME, "grpcio-tools"}
    assert len(set(bounds.values())) == 1, bounds


def test_the_stubs_were_made_by_the_pinned_tools(root: Path, pins: dict[str, str]) -> None:
    """The version that the stubs demand is not above the lower bound that users may install."""
    stub = (root / "service/newsfold/v1/newsfold_pb2_grpc.py").read_text(encoding="utf-8")
    generated = re.search(r"GRPC_GENERATED_VERSION = '([^']+)'", stub)
    assert generated is not None
    assert Version(generated[1]) <= Version(pins["grpcio"])
