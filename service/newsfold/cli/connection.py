"""The options that say which server to call, and how."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from newsfold.client import Client, Tls
from newsfold.client.channel import DEFAULT_TARGET, DEFAULT_TIMEOUT_S, Priority

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Connection:
    """A server and how to reach it."""

    server: str = DEFAULT_TARGET
    token: str | None = None
    timeout: float = DEFAULT_TIMEOUT_S
    tls: Tls | None = None
    tenant: str | None = None
    priority: Priority | None = None

    def open(self) -> Client:
        """A client; the first call connects."""
        return Client(
            self.server,
            token=self.token,
            tenant=self.tenant,
            priority=self.priority,
            tls=self.tls,
            timeout=self.timeout,
        )


def takes_connection(
    *, timeout: float = DEFAULT_TIMEOUT_S
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options to a command, which then gets a `connection`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapped(
            *,
            server: str,
            token: str | None,
            timeout: float,
            tls: bool,
            ca: Path | None,
            tls_name: str | None,
            tenant: str | None,
            priority: Priority | None,
            **rest: object,
        ) -> None:
            secured = Tls(ca.read_bytes() if ca else None, tls_name) if tls or ca else None
            connection = Connection(server, token, timeout, secured, tenant, priority)
            command(connection=connection, **rest)

        for option in reversed(_options(timeout)):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def _options(timeout: float) -> list[Callable[[Callable[..., None]], Callable[..., None]]]:
    return [
        click.option(
            "--server",
            metavar="HOST:PORT",
            default=DEFAULT_TARGET,
            envvar="NEWSFOLD_SERVER",
            show_default=True,
            show_envvar=True,
            help="The server to call.",
        ),
        click.option(
            "--token",
            envvar="NEWSFOLD_TOKEN",
            show_envvar=True,
            help="Bearer token that the server wants.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            default=timeout,
            show_default=True,
            help="Deadline of the whole call.",
        ),
        click.option("--tls", is_flag=True, help="Call over TLS, trusting the system's roots."),
        click.option(
            "--ca",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Call over TLS, trusting the PEM certificates in this file.",
        ),
        click.option(
            "--tls-name", metavar="HOST", help="Name in the certificate, if not the server's."
        ),
        click.option(
            "--tenant",
            envvar="NEWSFOLD_TENANT",
            show_envvar=True,
            help="Whose share of a busy server the call takes.",
        ),
        click.option(
            "--priority",
            type=click.Choice(get_args(Priority)),
            help="Batch work waits for interactive work, which is the default.",
        ),
    ]
