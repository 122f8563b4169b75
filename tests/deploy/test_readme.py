"""The README: its tables are those of the code, and what it marks as checked runs as it stands.

A block under `<!-- checked: KIND -->` is run from the top of the checkout against the server of
these tests. One thing is changed: its address stands for localhost:50051.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsfold.v1 import newsfold_pb2 as pb
from tests.deploy.conftest import ROOT

if TYPE_CHECKING:
    from tests.deploy.running import Running

_README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"<!-- checked: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)
_BLOCKS = [(found[1], found[2]) for found in _BLOCK.finditer(_README)]
_ADDRESS = "localhost:50051"
_RUNS_S = 120
_NPM_S = 180


def test_generated_tables_are_fresh() -> None:
    """Settings and metrics, from their declarations."""
    run = subprocess.run(
        [sys.executable, "scripts/readme-tables", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_api_table_has_every_rpc() -> None:
    """And none that is not in the contract."""
    rows = re.findall(r"^\| `([A-Z][a-z]\w+)` \|", _README, re.MULTILINE)
    assert rows == [m.name for m in pb.DESCRIPTOR.services_by_name["SummarizationService"].methods]


def test_every_link_within_the_repository_leads_somewhere() -> None:
    """Of the README and of the pages it leads to."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    link = re.compile(r"\]\((?!https?://|#)([^)#]+)[^)]*\)")
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_there_are_checked_blocks_of_every_kind() -> None:
    """So that a misspelt marker does not silence the tests below."""
    kinds = [kind for kind, _ in _BLOCKS]
    assert (kinds.count("sh"), kinds.count("python"), kinds.count("node")) == (3, 1, 1)
    assert _README.count("<!-- checked:") == len(_BLOCKS)


@pytest.mark.parametrize("text", [text for kind, text in _BLOCKS if kind == "sh"])
def test_shell_block_runs(text: str, serving: Running) -> None:
    """Exit 0, with something to show."""
    run = _run(["bash", "-euo", "pipefail", "-c", text.replace(_ADDRESS, serving.target)], serving)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.strip()


@pytest.mark.parametrize("text", [text for kind, text in _BLOCKS if kind == "python"])
def test_python_block_runs(text: str, serving: Running) -> None:
    """It prints a headline and sentences with their sources."""
    run = _run([sys.executable, "-c", text.replace(_ADDRESS, serving.target)], serving)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^  \S.* \[article-\d.*\]$", run.stdout, re.MULTILINE), run.stdout


@pytest.mark.parametrize("text", [text for kind, text in _BLOCKS if kind == "node"])
def test_node_block_runs(text: str, serving: Running, tmp_path: Path) -> None:
    """It prints the summary of its one article."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("NOT RUN: node and npm are not installed here")
    install = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--fetch-timeout=30000",
         "--prefix", tmp_path, "@grpc/grpc-js", "@grpc/proto-loader"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_NPM_S,
    )  # fmt: skip
    if install.returncode != 0:
        pytest.skip(f"NOT RUN: npm could not install @grpc/grpc-js: {install.stderr[-300:]}")
    run = _run(
        [node, "-e", text.replace(_ADDRESS, serving.target)],
        serving, NODE_PATH=str(tmp_path / "node_modules"),
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "harbour bridge" in run.stdout


def _run(command: list[str], serving: Running, **extra: str) -> subprocess.CompletedProcess[str]:
    """With the programs of this environment on PATH and the server as the command line's own."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NEWSFOLD_SERVER": serving.target,
    }
    return subprocess.run(
        command, cwd=ROOT, env=environment | extra, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=_RUNS_S,
    )  # fmt: skip
