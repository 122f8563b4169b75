"""The real server over stand-in models, on a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsfold.client import Client
from tests.unit.serving import real_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """host:port of a server with the usual settings."""
    with real_server() as found:
        yield found


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    """A client of it."""
    with Client(address, timeout=60.0) as found:
        yield found
