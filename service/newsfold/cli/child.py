"""A server as a child process: started on free ports, watched through its log, always stopped.

It runs in a session of its own, so that Ctrl-C reaches only us and we stop it in order. It tells
its ports in the log event `server.listening`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

START_S = 120.0
"""Until it listens and serves: eight times the 15 s a start may take on two cores."""
STOP_S = 20.0
"""From SIGTERM to SIGKILL; the demo leaves nothing to drain."""
_TAIL_LINES = 30
_TICK_S = 0.2
_FLAGS = (
    *("--host", "127.0.0.1", "--port", "0", "--metrics", "--metrics-port", "0"),
    *("--log-format", "json", "--log-level", "info"),
)


def serving(module: str = "newsfold") -> tuple[str, ...]:
    """The command that serves on free ports; `module` has the command line of newsfold."""
    return (sys.executable, "-m", module, "serve", *_FLAGS)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the child listens, on 127.0.0.1."""

    grpc: int
    metrics: int


class ServerError(Exception):
    """The child ended or did not get ready; the text has the end of its log."""


class ChildServer:
    """A server that lives as long as the `with` block."""

    def __init__(self, command: tuple[str, ...] | None = None) -> None:
        """`command`: what to run instead of `serving()`."""
        self._command = command or serving()
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and package
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        Thread(target=self._read, name="server-log", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_listening(self, notice: Callable[[str], None]) -> Ports:
        """Its ports, once it has them; `notice` gets the name of each log event until then."""
        deadline = monotonic() + START_S
        while monotonic() < deadline:
            event = self._next_event(notice)
            if event.get("event") == "server.listening":
                return Ports(int(str(event["port"])), int(str(event["metrics_port"])))
        raise ServerError(self._told("did not listen in time"))

    def wait_until(self, ready: Callable[[], bool], notice: Callable[[str], None]) -> None:
        """Return when `ready` says so; asked after each log event and five times a second."""
        deadline = monotonic() + START_S
        while not ready():
            if monotonic() > deadline:
                raise ServerError(self._told("did not get ready in time"))
            self._next_event(notice)

    def stop(self) -> int:
        """SIGTERM, then SIGKILL if it does not end; its exit code. May be called again."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
            except BaseException:  # a second Ctrl-C
                self._process.kill()
                raise
        return self._process.wait()

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self._tail)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - asked for with PIPE
        for line in self._process.stdout:
            self._tail.append(line.rstrip("\n"))
            self._lines.put(line)
        self._lines.put(None)

    def _next_event(self, notice: Callable[[str], None]) -> dict[str, object]:
        """The next log event, or {} if none comes within a tick. Raises ServerError at the end."""
        try:
            line = self._lines.get(timeout=_TICK_S)
        except Empty:
            return {}
        if line is None:
            raise ServerError(self._told(f"ended with exit code {self._process.wait()}"))
        try:
            event = json.loads(line)
        except ValueError:
            return {}
        if not isinstance(event, dict):
            return {}
        notice(str(event.get("event", "")))
        return event

    def _told(self, what: str) -> str:
        return f"the server {what}; the end of its log:\n{self.tail()}"
