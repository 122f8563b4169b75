"""A server as its users run it: a process of its own, the shipped models, a real socket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsfold.cli.child import ChildServer
from newsfold.client import Client, Health, NewsfoldError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOS = Path(__file__).parents[2] / "protos"


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    """host:port of a server that is warm."""
    with ChildServer() as server:
        address = f"127.0.0.1:{server.wait_listening(lambda _: None).grpc}"
        with Client(address) as client:
            server.wait_until(lambda: _serves(client), lambda _: None)
            yield address


def _serves(client: Client) -> bool:
    try:
        return client.health(timeout=1.0) is Health.SERVING
    except NewsfoldError:
        return False
