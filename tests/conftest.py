"""What end-to-end tests share: one shipped server for the session, and the shared corpora."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsfold.cli.child import ChildServer
from newsfold.client import Client, Health, NewsfoldError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Put the environment's own tools (buf, hadolint, newsfold) on the path, activated or not."""
    tools = str(Path(sys.executable).parent)
    if tools not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((tools, os.environ["PATH"]))


@pytest.fixture(scope="session")
def shipped() -> Iterator[Client]:
    """A client of a server in a process of its own, with the models that ship; started once."""
    with ChildServer() as child:
        ports = child.wait_listening(lambda _: None)
        with Client(f"127.0.0.1:{ports.grpc}") as client:
            child.wait_until(lambda: serves(client), lambda _: None)
            yield client


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of the shared news corpora; tests that take it are marked `corpus`."""
    folder = Path(os.environ.get("NEWSFOLD_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"NOT RUN: no news corpora at {folder}; NEWSFOLD_DATA names their folder")
    return folder


def serves(client: Client) -> bool:
    """Whether the server says SERVING."""
    try:
        return client.health(timeout=1.0) is Health.SERVING
    except NewsfoldError:
        return False
