"""A Prometheus of our own: on a free port, gone with the `with` block, asked by PromQL."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

_LISTENING = re.compile(r'msg="Listening on" address=(\S+)')
_STARTS_S = 30.0
_ANSWERS_S = 10.0
_BETWEEN_S = 0.25


class Scraper:
    """A Prometheus process over a config file; its data lie beside that file."""

    def __init__(self, binary: str, config: Path) -> None:
        self._command = (
            binary,
            f"--config.file={config}",
            f"--storage.tsdb.path={config.parent / 'tsdb'}",
            "--web.listen-address=127.0.0.1:0",
        )
        self._lines: SimpleQueue[str] = SimpleQueue()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        Thread(target=self._read, daemon=True).start()
        try:
            self._address = self._listening()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def value(self, query: str) -> float | None:
        """What an instant query gives now: its one value, or None if it gives none."""
        url = f"http://{self._address}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(url, timeout=_ANSWERS_S) as page:
            answer = json.load(page)
        assert answer["status"] == "success", answer
        samples = answer["data"]["result"]
        assert len(samples) <= 1, f"{query} gives {len(samples)} values"
        return float(samples[0]["value"][1]) if samples else None

    def value_once(
        self, query: str, wanted: Callable[[float | None], bool], within: float
    ) -> float | None:
        """The value when it is as wanted, or the last one seen before `within` seconds passed."""
        pause, deadline = Event(), monotonic() + within
        while not wanted(value := self._value_or_none(query)) and monotonic() < deadline:
            pause.wait(_BETWEEN_S)
        return value

    def _value_or_none(self, query: str) -> float | None:
        """While it still starts, Prometheus answers 503."""
        try:
            return self.value(query)
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise

    def _listening(self) -> str:
        deadline, seen = monotonic() + _STARTS_S, []
        while (left := deadline - monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except Empty:
                break
            seen.append(line)
            if found := _LISTENING.search(line):
                return found[1]
            if not line:
                break
        raise AssertionError(f"Prometheus did not listen:\n{''.join(seen)}")

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.put(line)
        self._lines.put("")

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STARTS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
