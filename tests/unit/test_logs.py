"""Log lines: JSON, one a line, with the request they are about and no local variables."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from newsfold.logs import REQUEST_ID, configure
from newsfold.settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_our_events_and_those_of_libraries_come_out_alike(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error, so that standard output is free for results."""
    configure("info", LogFormat.JSON)
    token = REQUEST_ID.set("desk-7")
    structlog.get_logger("ours").info("rpc.done", stories=3)
    logging.getLogger("theirs").warning("a %s", "warning")
    structlog.get_logger("ours").debug("too little")
    REQUEST_ID.reset(token)
    told = capsys.readouterr()
    ours, theirs = (json.loads(line) for line in told.err.splitlines())
    assert told.out == ""
    assert (ours["event"], ours["stories"], ours["level"]) == ("rpc.done", 3, "info")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "a warning",
        "warning",
        "theirs",
    )
    assert ours["request_id"] == theirs["request_id"] == "desk-7"


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_trace_shows_no_local_variables(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    """They hold article text."""
    configure("info", log_format)

    def fail(body: str) -> None:
        raise KeyError(len(body))

    bird = "pelican"
    try:
        fail(bird)
    except KeyError as error:
        structlog.get_logger("ours").error("rpc.done", exc_info=error)
    told = capsys.readouterr().err
    assert "KeyError" in told
    assert "in fail" in told
    assert "fail(bird)" in told
    assert "pelican" not in told
