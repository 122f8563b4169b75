"""The wheel holds everything the package needs, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy, so that the build leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    shutil.copytree(
        root / "service/newsfold",
        copy / "service/newsfold",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    run = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", copy / "dist", copy],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = (copy / "dist").glob("newsfold-*.whl")
    return zipfile.ZipFile(path)


def test_every_file_of_the_package_is_in_the_wheel(root: Path, wheel: zipfile.ZipFile) -> None:
    """Data files too, which only package-data brings in."""
    package = root / "service/newsfold"
    files = {
        path.relative_to(root / "service").as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - set(wheel.namelist()) == set()


@pytest.mark.parametrize(
    "name",
    [
        "newsfold/py.typed",
        "newsfold/demo/articles.jsonl",
        "newsfold/model/embedded/config.json",
        "newsfold/model/embedded/model.safetensors",
        "newsfold/model/embedded/tokenizer.json",
        "newsfold/model/embedded/MODEL_CARD.md",
        "newsfold/v1/newsfold_pb2.py",
        "newsfold/v1/newsfold_pb2.pyi",
        "newsfold/v1/newsfold_pb2_grpc.py",
        "newsfold/v1/newsfold_pb2_grpc.pyi",
    ],
)
def test_the_wheel_ships(wheel: zipfile.ZipFile, name: str) -> None:
    """A file without which an installed Newsfold is not what the README says."""
    assert wheel.getinfo(name).file_size > 0 or name.endswith("py.typed")


def test_the_wheel_has_the_package_alone(wheel: zipfile.ZipFile) -> None:
    """No tests, training or benchmarks."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"newsfold", next(top for top in tops if top.endswith(".dist-info"))}


def test_the_wheel_says_its_licence_and_command(wheel: zipfile.ZipFile) -> None:
    """As package indexes and installers read them."""
    (info,) = {Path(name).parts[0] for name in wheel.namelist() if ".dist-info/" in name}
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "newsfold = newsfold.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
