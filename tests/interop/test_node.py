"""A Node client made from the proto file alone talks to the real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interop.conftest import PROTOS

SCRIPT = Path(__file__).with_name("summarize.mjs")
PACKAGES = ("@grpc/grpc-js@1", "@grpc/proto-loader@0.8")


@pytest.fixture(scope="session")
def node_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gRPC for Node in it."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("NOT RUN: node and npm are not installed here")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--fetch-timeout=30000", *PACKAGES],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"NOT RUN: npm could not install {PACKAGES}: {done.stderr[-300:]}")
    return folder


def test_a_node_client_summarises_streams_and_reads_errors(target: str, node_project: Path) -> None:
    """Offsets are code points, events come in order, an error carries its details."""
    done = subprocess.run(
        ["node", SCRIPT, target, PROTOS],
        cwd=node_project,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["quoted"] == told["sentence"]
    assert "🌉" in told["sentence"]
    assert told["tokens"] > 0
    assert told["events"][0] == "accepted"
    assert told["events"][-1] == "finished"
    assert told["events"].count("story") == 1
    assert told["refused"]
    assert told["details"] == 1
