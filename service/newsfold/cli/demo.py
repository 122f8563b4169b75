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

from newsfold.cli.child import ChildServer, ServerFailed
from newsfold.cli.failures import reported
from newsfold.cli.moved import moved_table, scrape
from newsfold.cli.output import paper
from newsfold.cli.progress import StageBar
from newsfold.cli.serve import settings_from
from newsfold.client import Client, Health, NewsfoldError, collect
from newsfold.readers import read_bytes
from newsfold.render import ledger_table, rejected_text, story_text, usage_text
from newsfold.render.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from newsfold.cli.child import Ports
    from newsfold.readers import ReadArticle
    from newsfold.v1 import newsfold_pb2 as pb


@click.command()
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
    try:
        with _stoppable(), ChildServer() as server:
            _show(console, server, read, token)
    except ServerFailed as error:
        raise click.ClickException(str(error)) from error


def _show(
    console: Console, server: ChildServer, read: list[ReadArticle], token: str | None
) -> None:
    articles = [found.article for found in read]
    ports, client = _started(console, server, token)
    with reported(read), client:
        model = client.info().writer
        console.print(f"Model {model.name} ({model.family}), sha256 {model.sha256[:16]}.")
        metrics = f"http://127.0.0.1:{ports.metrics}/metrics"
        before = scrape(metrics)
        response = _summarized(console, client, articles)
        after = scrape(metrics)
    _title(console, "Stories")
    for number, story in enumerate(response.stories, start=1):
        _print(console, story_text(story, articles, number))
    _title(console, "Dropped, in tokens of the model")
    _print(console, rejected_text(response.rejected))
    console.print(ledger_table(response.usage, articles))
    _print(console, usage_text(response.usage, response.timings))
    _title(console, "Metrics that moved")
    console.print(moved_table(before, after))
    code = server.stop()
    if code != 0:
        raise ServerFailed(f"the server ended with exit code {code}:\n{server.tail()}")
    console.print()
    console.print("The server has drained and stopped.")


def _started(console: Console, server: ChildServer, token: str | None) -> tuple[Ports, Client]:
    """Wait until it serves."""
    console.print(f"Starting a server (process {server.pid}); it loads its models ...")
    begun = monotonic()
    with console.status("starting") as status:

        def notice(event: str) -> None:
            status.update(f"starting: {event}")

        ports = server.wait_listening(notice)
        client = Client(f"127.0.0.1:{ports.grpc}", token=token)
        server.wait_until(lambda: _serving(client), notice)
    console.print(
        f"Serving on 127.0.0.1:{ports.grpc}, metrics on :{ports.metrics},"
        f" after {monotonic() - begun:.1f} s."
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
    console.print(f"Sending {count(len(articles), 'article')} by StreamSummaries.")
    begun = monotonic()

    def observed() -> Iterator[pb.StreamSummariesResponse]:
        for event in client.stream(articles):
            bar.observe(event)
            if event.WhichOneof("event") == "story":
                told = count(len(event.story.articles), "article")
                took = monotonic() - begun
                console.print(Text(f"  {took:5.1f} s  a story told by {told}", style="dim"))
            yield event

    with StageBar(console) as bar:
        return collect(observed())


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Rule(text, align="left", style="dim", characters="-"))
    console.print()


def _print(console: Console, renderables: Iterator[object]) -> None:
    for renderable in renderables:
        console.print(renderable)


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
