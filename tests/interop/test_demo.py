"""`newsfold demo` as `make demo` runs it, and the same work by `--local`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files

DEMO = files("newsfold.demo") / "articles.jsonl"


def newsfold(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process."""
    return subprocess.run(
        [sys.executable, "-m", "newsfold", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_demo_shows_stories_sources_ledger_and_metrics() -> None:
    """And stops its server; exit 0."""
    done = newsfold("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^\d+\. \S", done.stdout, re.MULTILINE)) >= 3
    for expected in (
        "[4]",
        "near copy of [1]",
        "The sources disagree",
        "| not selected |",
        "newsfold_stories_total",
        "grpc_server_handled_total",
        "The server has drained and stopped.",
    ):
        assert expected in done.stdout


def test_local_work_gives_the_servers_answer(target: str) -> None:
    """Same stories and fingerprint, whichever process does it."""
    arguments = ("summarize", str(DEMO), "--json", "--num-beams", "1", "--target-words", "40")
    local, remote = newsfold(*arguments, "--local"), newsfold(*arguments, "--server", target)
    assert (local.returncode, remote.returncode) == (0, 0), local.stderr + remote.stderr
    here, there = json.loads(local.stdout), json.loads(remote.stdout)
    assert here["stories"] == there["stories"]
    assert here["fingerprint"] == there["fingerprint"]
    assert here["usage"] == there["usage"]
