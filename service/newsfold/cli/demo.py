"""`newsfold demo`: a real server, a real client, invented news, and what came of it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from importlib.resources import files
from time import monotonic
from typing import TYPE_CHECKING

import click
from rich.rule import Rule
from rich.text import Text

from newsfold.cli.child import ChildServer, ServerError
from newsfold.cli.moved import moved_table, scrape
from newsfold.cli.output import paper, show, show_all
from newsfold.cli.progress import StageBar
from newsfold.cli.setting_flags import settings_from
from newsfold.client import Client, Health, NewsfoldError, collect
from newsfold.readers import read_bytes
from newsfold.render import ledger_table, rejected_text, story_text, usage_text
from newsfold.render.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from newsfold.cli.child import Ports
    from newsfold.v1 import newsfold_pb2 as pb


@click.command(short_help="Show it all: server, client, stories, metrics.")
def demo() -> None:
    """Start a server, send it the demo articles, show the stories, stop it.

    Everything goes over a real socket on a free port. NEWSFOLD_* variables apply to the server.
    """
    settings = settings_from({})
    if settings.tls_certificate is not None:
        raise click.UsageError("The demo talks in plain text: unset NEWSFOLD_TLS_CERTIFICATE.")
    token = settings.auth_token.get_secret_value() if settings.auth_token else None
    console = paper()
    read = read_bytes(
        (files("newsfold.demo") / "articles.jsonl").read_bytes(),
        name="articles.jsonl",
        suffix=".jsonl",
    )
    articles = [found.article for found in read]
    server = ChildServer()
    try:
        with _stoppable(), server:
            _show(console, server, articles, token)
    except ServerError as error:
        raise click.ClickException(str(error)) from error
    except (NewsfoldError, OSError) as error:
        told = f"{error}\nThe end of the server's log:\n{server.tail()}"
        raise click.ClickException(told) from error


def _show(
    console: Console, server: ChildServer, articles: list[pb.Article], token: str | None
) -> None:
    ports, client = _started(console, server, token)
    with client:
        model = client.info().writer
        show(console, f"Model {model.name} ({model.family}), sha256 {model.sha256[:16]}.")
        metrics = f"http://127.0.0.1:{ports.metrics}/metrics"
        before = scrape(metrics)
        response = _summarized(console, client, articles)
        after = scrape(metrics)
    _title(console, "Stories")
    for number, story in enumerate(response.stories, start=1):
        show_all(console, story_text(story, articles, number))
    _title(console, "Dropped, in tokens of the model")
    show_all(console, rejected_text(response.rejected))
    show(console, ledger_table(response.usage, articles))
    show_all(console, usage_text(response.usage, response.timings))
    _title(console, "Metrics that moved")
    show(console, "Of a histogram: how many observations x their mean.", "")
    show(console, moved_table(before, after))
    code = server.stop()
    if code != 0:
        raise ServerError(f"the server ended with exit code {code}:\n{server.tail()}")
    show(console, "", "The server has drained and stopped.")


def _started(console: Console, server: ChildServer, token: str | None) -> tuple[Ports, Client]:
    """Wait until it serves."""
    show(console, f"Starting a server (process {server.pid}); it loads its models ...")
    begun = monotonic()
    with console.status("starting") as status:

        def notice(event: str) -> None:
            status.update(f"starting: {event}")

        ports = server.wait_listening(notice)
        client = Client(f"127.0.0.1:{ports.grpc}", token=token)
        server.wait_until(lambda: _serving(client), notice)
    show(
        console,
        f"Serving on 127.0.0.1:{ports.grpc}, metrics on :{ports.metrics},"
        f" after {monotonic() - begun:.1f} s.",
    )
    return ports, client


def _serving(client: Client) -> bool:
    try:
        return client.health(timeout=1.0) is Health.SERVING
    except NewsfoldError:
        return False


def _summarized(
    console: Console, client: Client, articles: list[pb.Article]
) -> pb.SummarizeArticlesResponse:
    """Send the articles and follow the stream; a line for each story as it is finished."""
    show(console, f"Sending {count(len(articles), 'article')} by StreamSummaries.")
    begun = monotonic()

    def observed() -> Iterator[pb.StreamSummariesResponse]:
        for event in client.stream(articles):
            bar.observe(event)
            if event.WhichOneof("event") == "story":
                told = count(len(event.story.articles), "article")
                took = monotonic() - begun
                show(console, Text(f"  {took:5.1f} s  a story told by {told}", style="dim"))
            yield event

    with StageBar(console) as bar:
        return collect(observed())


def _title(console: Console, text: str) -> None:
    line = "\u2500" if console.is_terminal else "-"
    show(console, "", Rule(text, align="left", style="dim", characters=line), "")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack, as SIGINT does, so that the server is stopped."""

    def unwind(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    kept = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
