"""What the deployment tests share: the checkout, a real server, a real Prometheus."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsfold.cli.child import ChildServer
from newsfold.client import Client, Health, NewsfoldError
from tests.deploy.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def serving() -> Iterator[Running]:
    """A server of its own process on free ports, with its real models, warm."""
    with ChildServer() as server:
        ports = server.wait_listening(lambda _: None)
        target = f"127.0.0.1:{ports.grpc}"
        with Client(target) as client:
            server.wait_until(lambda: _serves(client), lambda _: None)
            yield Running(target, f"127.0.0.1:{ports.metrics}", client)


def tool(name: str) -> str:
    """The path of a program; the test is skipped, with its name, where there is none."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"NOT RUN: {name} is not installed here (Debian's `prometheus` has it)")
    return path


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus's own checker."""
    return tool("promtool")


@pytest.fixture(scope="session")
def prometheus() -> str:
    """The Prometheus server."""
    return tool("prometheus")


def _serves(client: Client) -> bool:
    try:
        return client.health(timeout=1.0) is Health.SERVING
    except NewsfoldError:
        return False
