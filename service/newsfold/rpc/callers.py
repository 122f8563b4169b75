"""Who calls, as far as the order of service depends on it: a tenant and a priority.

Both come from the metadata of a call. A tenant's name is not proof of anything: a gateway that
knows its callers sets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from newsfold.pipeline.errors import InvalidRequest, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT_KEY = "newsfold-tenant"
PRIORITY_KEY = "newsfold-priority"
MAX_TENANT_CHARS = 64


class Priority(Enum):
    """How soon an answer is needed."""

    INTERACTIVE = "interactive"
    """Somebody waits. The default."""
    BATCH = "batch"
    """Whenever there is nothing more urgent, and now and then even so."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is."""

    tenant: str = ""
    """Empty for a call that names none: these are one tenant together."""
    priority: Priority = Priority.INTERACTIVE


def read_caller(metadata: Mapping[str, str | bytes]) -> Caller:
    """The caller that metadata name. Raises InvalidRequest."""
    tenant = metadata.get(TENANT_KEY, "")
    priority = metadata.get(PRIORITY_KEY, Priority.INTERACTIVE.value)
    if not isinstance(tenant, str) or len(tenant) > MAX_TENANT_CHARS or not tenant.isprintable():
        raise _invalid(TENANT_KEY, f"no name of up to {MAX_TENANT_CHARS} printable characters")
    try:
        return Caller(tenant, Priority(priority))
    except ValueError:
        known = " nor ".join(p.value for p in Priority)
        raise _invalid(PRIORITY_KEY, f"neither {known}") from None


def _invalid(key: str, description: str) -> InvalidRequest:
    return InvalidRequest((Violation(f"metadata.{key}", description, "INVALID"),))
