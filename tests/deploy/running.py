"""A server that runs while the tests do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsfold.client import Client


@dataclass(frozen=True, slots=True)
class Running:
    """Where it is, and a client of it."""

    target: str
    """host:port of the gRPC listener."""
    metrics: str
    """host:port of /metrics."""
    client: Client
