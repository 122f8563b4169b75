"""The image, as far as it can be checked without building it."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from newsfold.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dockerfile(root: Path) -> str:
    """Its text, continued lines joined."""
    text = (root / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    return text.replace("\\\n", " ")


def test_hadolint_has_nothing_to_say(root: Path) -> None:
    """Warnings and notes included."""
    run = subprocess.run(
        ["hadolint", "--no-color", "--failure-threshold", "style", "deploy/docker/Dockerfile"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "")


def test_the_image_runs_as_a_numbered_user_without_rights(dockerfile: str) -> None:
    """Kubernetes can only enforce runAsNonRoot on a number."""
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert users == ["10001:10001"]
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert "\nUSER " in last_stage
    assert "\nRUN " not in last_stage.partition("\nUSER ")[2]


def test_the_image_exposes_the_default_ports(dockerfile: str) -> None:
    """The ports of Settings, which the image does not change."""
    exposed = re.findall(r"^EXPOSE (.+)$", dockerfile, re.MULTILINE)
    fields = Settings.model_fields
    assert exposed == [f"{fields['port'].default} {fields['metrics_port'].default}"]


def test_the_image_listens_on_all_addresses(dockerfile: str) -> None:
    """The default, 127.0.0.1, cannot be reached from outside a container."""
    assert re.search(r"\bNEWSFOLD_HOST=0\.0\.0\.0\b", dockerfile)


def test_health_is_asked_by_the_command_that_the_package_has(dockerfile: str) -> None:
    """An exec form, because a slim image should not need a shell."""
    command = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert command is not None
    program, name = json.loads(command[1])
    run = subprocess.run([program, name, "--help"], capture_output=True, text=True, check=True)
    assert "SERVING" in run.stdout


def test_the_build_context_has_all_that_is_copied_and_no_more(root: Path, dockerfile: str) -> None:
    """.dockerignore lets in what the Dockerfile copies."""
    ignore = (root / ".dockerignore").read_text(encoding="utf-8").split()
    let_in = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    copied = {name for line in copies for name in line.split()}
    assert ignore[0] == "*"
    assert copied == let_in
    assert [name for name in copied if not (root / name).exists()] == []
