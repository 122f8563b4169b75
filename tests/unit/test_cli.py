"""The command line against the real server over stand-in models: output, errors, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from google.protobuf import json_format

from newsfold.cli import main
from newsfold.cli.child import ChildServer, ServerError
from newsfold.cli.moved import moved_table, parse
from newsfold.cli.output import paper, show
from newsfold.cli.setting_flags import settings_from
from newsfold.settings import Settings
from newsfold.v1 import newsfold_pb2 as pb
from tests.unit.serving import real_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

BRIDGE = "The old rope bridge over the Tamsel gorge collapsed on Tuesday, injuring 12 people."
ORCHARD = "Growers in the Vell valley expect the largest apple harvest in twenty years."
NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """A server that is warm."""
    with real_server() as address:
        yield address


@pytest.fixture
def feed(tmp_path: Path) -> str:
    """Two articles that tell two stories."""
    file = tmp_path / "feed.jsonl"
    rows = [
        {"id": "bridge", "title": "Bridge falls", "text": BRIDGE, "source": "The Post"},
        {"id": "apples", "title": "Apples", "text": ORCHARD, "source": "The Grower"},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return str(file)


def run(*arguments: str, stdin: str | None = None, **env: str) -> Result:
    """One command, in this process."""
    return CliRunner().invoke(main, arguments, input=stdin, env=env, prog_name="newsfold")


def test_summarize_tells_each_story_with_numbered_sources(target: str, feed: str) -> None:
    """On standard output; nothing on standard error, which is no terminal."""
    result = run("summarize", feed, "--server", target)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert f"{BRIDGE} [1]" in result.stdout
    assert "[1]  The Grower  Apples" in result.stdout
    lines = result.stdout.splitlines()
    assert [line.rstrip()[:100] for line in lines] == lines


def test_summarize_json_is_the_response(target: str, feed: str) -> None:
    """In protobuf's own mapping."""
    result = run("summarize", feed, "--server", target, "--json")
    response = json_format.Parse(result.stdout, pb.SummarizeArticlesResponse())
    assert {story.articles[0].id for story in response.stories} == {"bridge", "apples"}
    assert response.usage.articles[0].article_id == "bridge"


def test_summarize_markdown_has_a_heading_for_each_story(target: str, feed: str) -> None:
    """And the sources as a list."""
    result = run("summarize", feed, "--server", target, "--markdown")
    assert result.stdout.count("## ") == 2
    assert "1. The Post: Bridge falls" in result.stdout


def test_the_ledger_is_shown_when_asked_for(target: str, feed: str) -> None:
    """One line an article."""
    result = run("summarize", feed, "--server", target, "--ledger")
    assert "| The Post: Bridge falls " in result.stdout


def test_options_reach_the_server(target: str, feed: str) -> None:
    """Each flag is a field of SummaryOptions."""
    one = run("summarize", feed, "--server", target, "--json", "--story-mode", "single-story")
    assert len(json.loads(one.stdout)["stories"]) == 1
    none = run("summarize", feed, "--server", target, "--json", "--no-headline")
    assert {story["headline"] for story in json.loads(none.stdout)["stories"]} == {""}
    plain = run("summarize", feed, "--server", target, "--json", "--write-mode", "extractive")
    modes = {story["writeMode"] for story in json.loads(plain.stdout)["stories"]}
    assert modes == {"WRITE_MODE_EXTRACTIVE"}


def test_every_summary_option_has_a_flag() -> None:
    """So that a new field is not forgotten."""
    flags = {flag for option in main.commands["summarize"].params for flag in option.opts}
    fields = pb.SummaryOptions.DESCRIPTOR.fields_by_name
    assert {f"--{name.replace('_', '-')}" for name in fields} <= flags


def test_several_files_and_standard_input_make_one_request(target: str, feed: str) -> None:
    """In the order of the arguments."""
    result = run("summarize", "-", feed, "--server", target, "--json", stdin="Hail\n\nHail fell.")
    ids = [entry["articleId"] for entry in json.loads(result.stdout)["usage"]["articles"]]
    assert ids == ["article-1", "bridge", "apples"]


def test_the_server_may_be_named_by_a_variable(target: str, feed: str) -> None:
    """A flag wins over it."""
    assert run("summarize", feed, NEWSFOLD_SERVER=target).exit_code == 0
    both = run("info", "--server", target, NEWSFOLD_SERVER=NOWHERE)
    assert both.exit_code == 0


def test_a_fault_of_an_article_names_the_line_it_came_from(target: str, tmp_path: Path) -> None:
    """Exit code 1, with status, reason and path."""
    file = tmp_path / "feed.jsonl"
    file.write_text('{"body": "It fell."}\n\n{"body": " "}\n')
    result = run("summarize", str(file), "--server", target)
    assert result.exit_code == 1
    assert "INVALID_ARGUMENT (INVALID_REQUEST)" in result.stderr
    assert f"{file}:3: articles[1].body: " in result.stderr
    assert result.stdout == ""


def test_an_option_out_of_range_is_the_servers_to_refuse(target: str, feed: str) -> None:
    """With its limit."""
    result = run("summarize", feed, "--server", target, "--num-beams", "99")
    assert result.exit_code == 1
    assert "options.num_beams" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["summarize"], "Missing argument 'FILE...'"),
        (["summarize", "no-such-file.txt"], "no-such-file.txt: No such file"),
        (["summarize", "x", "--target-words", "5", "--max-sentences", "1"], "exclude each other"),
        (["summarize", "x", "--json", "--markdown"], "exclude each other"),
        (["summarize", "x", "--granularity", "fine"], "'fine' is not one of"),
        (["serve", "--max-beams", "0"], "--max-beams: Input should be greater than or equal to 1"),
        (["serve", "--port", "9464"], "port and metrics_port are both 9464"),
        (["serve", "--tls-key", "k.pem"], "tls_certificate and tls_key go together"),
        (["serve", "--set", "tuning.stories.nothing=1"], "no 'nothing' there"),
        (["serve", "--set", "port=1"], "expected tuning.STAGE.NAME=VALUE"),
    ],
)
def test_wrong_usage_exits_2_with_what_is_wrong(arguments: list[str], told: str) -> None:
    """On standard error, without a trace."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the variable, since no flag was given."""
    monkeypatch.setenv("NEWSFOLD_MAX_BEAMS", "many")
    assert "NEWSFOLD_MAX_BEAMS: Input should be a valid integer" in run("serve").stderr


def test_a_secret_is_never_repeated_in_an_error() -> None:
    """Whatever else is wrong."""
    result = run("serve", "--auth-token", "hunter2", "--max-beams", "0")
    assert result.exit_code == 2
    assert "hunter2" not in result.output


def test_every_setting_has_a_flag() -> None:
    """Tuning by --set."""
    flags = {flag for option in main.commands["serve"].params for flag in option.opts}
    names = {f"--{name.replace('_', '-')}" for name in Settings.model_fields if name != "tuning"}
    assert names | {"--set"} <= flags


def test_a_flag_wins_over_the_variable_and_the_variable_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For plain fields and for thresholds."""
    monkeypatch.setenv("NEWSFOLD_MAX_ARTICLES", "7")
    monkeypatch.setenv("NEWSFOLD_DEFAULT_BEAMS", "2")
    monkeypatch.setenv("NEWSFOLD_TUNING__STORIES__LEAD_WORDS", "11")
    monkeypatch.setenv("NEWSFOLD_TUNING__STORIES__TEXT_WORDS", "99")
    settings = settings_from(
        {"max_articles": "5", "max_beams": None}, ["tuning.stories.lead_words=13"]
    )
    assert (settings.max_articles, settings.default_beams, settings.max_beams) == (5, 2, 8)
    assert (settings.tuning.stories.lead_words, settings.tuning.stories.text_words) == (13, 99)


def test_a_server_that_is_not_there_exits_1_and_says_what_to_do(feed: str) -> None:
    """Whichever command asks."""
    for command in (["info"], ["healthcheck"], ["cluster", feed]):
        result = run(*command, "--server", NOWHERE, "--timeout", "1")
        assert result.exit_code == 1
        assert "newsfold serve" in result.stderr


def test_cluster_lists_stories_and_sources(target: str, feed: str) -> None:
    """As text and as JSON."""
    assert "2 stories in" in run("cluster", feed, "--server", target).stdout
    loaded = json.loads(run("cluster", feed, "--server", target, "--json").stdout)
    assert len(loaded["stories"]) == 2


def test_info_tells_the_models(target: str) -> None:
    """As text and as JSON."""
    assert "stand-in writer" in run("info", "--server", target).stdout
    loaded = json.loads(run("info", "--server", target, "--json").stdout)
    assert loaded["writer"]["name"] == "stand-in writer"


def test_healthcheck_is_0_only_when_serving(target: str) -> None:
    """An unknown service is not healthy."""
    assert run("healthcheck", "--server", target).exit_code == 0
    assert run("healthcheck", "--server", target, "--service", "nothing").exit_code == 1


def test_a_token_is_sent_and_a_missing_one_told() -> None:
    """By flag or variable; health needs none."""
    with real_server(auth_token="t0ken") as guarded:  # noqa: S106 - of this test's server
        assert "UNAUTHENTICATED" in run("info", "--server", guarded).stderr
        assert "PERMISSION_DENIED" in run("info", "--server", guarded, "--token", "x").stderr
        assert run("info", "--server", guarded, NEWSFOLD_TOKEN="t0ken").exit_code == 0  # noqa: S106
        assert run("healthcheck", "--server", guarded).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["info", "--server", NOWHERE, "--timeout", "1"],
        ["healthcheck", "--server", NOWHERE, "--timeout", "1"],
    ],
)
def test_commands_that_run_no_model_import_none(arguments: list[str]) -> None:
    """Neither torch nor what comes with it: a health check must be cheap."""
    code = f"""
        import sys
        from newsfold.cli import main
        try:
            main({arguments!r})
        except SystemExit:
            pass
        heavy = {{"torch", "transformers", "sklearn", "scipy", "trafilatura"}} & set(sys.modules)
        sys.exit(f"imported {{heavy}}" if heavy else 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_metrics_that_moved_are_shown_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Counters by their increase, histograms by count and mean, gauges from and to."""
    before = parse(
        "# TYPE newsfold_stories counter\nnewsfold_stories_total 2\n"
        "# TYPE newsfold_queue gauge\nnewsfold_queue 1\n"
        "# TYPE newsfold_stage_seconds histogram\n"
        'newsfold_stage_seconds_bucket{stage="embed",le="+Inf"} 1\n'
        'newsfold_stage_seconds_count{stage="embed"} 1\n'
        'newsfold_stage_seconds_sum{stage="embed"} 1\n'
        "# TYPE newsfold_still counter\nnewsfold_still_total 5\n"
    )
    after = parse(
        "# TYPE newsfold_stories counter\nnewsfold_stories_total 5\n"
        "# TYPE newsfold_queue gauge\nnewsfold_queue 3\n"
        "# TYPE newsfold_stage_seconds histogram\n"
        'newsfold_stage_seconds_bucket{stage="embed",le="+Inf"} 3\n'
        'newsfold_stage_seconds_count{stage="embed"} 3\n'
        'newsfold_stage_seconds_sum{stage="embed"} 5\n'
        "# TYPE newsfold_still counter\nnewsfold_still_total 5\n"
        "# TYPE python_info gauge\npython_info 1\n"
    )
    show(paper(), moved_table(before, after))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["newsfold_queue", "1", "->", "3"],
        ["newsfold_stage_seconds", "embed", "2", "x", "2.00", "s"],
        ["newsfold_stories_total", "+3"],
    ]


def child(code: str) -> ChildServer:
    """A child that runs some Python instead of a server."""
    return ChildServer((sys.executable, "-u", "-c", textwrap.dedent(code)))


LISTENING = (
    "import json, signal, threading\n"
    'print(json.dumps({"event": "loading"}))\n'
    'print(json.dumps({"event": "server.listening", "port": 11, "metrics_port": 12}))\n'
)


def test_a_child_server_is_stopped_however_the_block_ends() -> None:
    """No process is left behind."""
    noticed: list[str] = []
    server = child(LISTENING + "threading.Event().wait()")

    def interrupted() -> None:
        with server:
            ports = server.wait_listening(noticed.append)
            assert (ports.grpc, ports.metrics) == (11, 12)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert noticed == ["loading", "server.listening"]
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_a_child_that_ends_early_is_told_with_the_end_of_its_log() -> None:
    """Plain lines included."""
    with (
        child("print('no such model'); raise SystemExit(3)") as server,
        pytest.raises(ServerError, match=r"exit code 3(.|\n)*no such model"),
    ):
        server.wait_listening(lambda _: None)


def test_a_child_that_ends_while_it_loads_is_noticed() -> None:
    """Rather than waited for."""
    with child(LISTENING + "raise SystemExit(1)") as server:
        server.wait_listening(lambda _: None)
        with pytest.raises(ServerError, match="exit code 1"):
            server.wait_until(lambda: False, lambda _: None)


def test_the_demo_stops_its_server_on_sigterm() -> None:
    """And ends itself with the signal's exit code."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "newsfold", "demo"], stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        first = demo.stdout.readline()
        server = int(first.split("process ")[1].split(")")[0])
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 128 + signal.SIGTERM
        with pytest.raises(ProcessLookupError):
            os.kill(server, 0)


def test_a_call_that_cannot_be_done_in_time_says_how_to_give_it_longer(
    target: str, feed: str
) -> None:
    """Once, with the server's prediction and the deadline."""
    result = run("summarize", feed, "--server", target, "--timeout", "0.01")
    assert result.exit_code == 1
    assert "--timeout gives it longer" in result.stderr
    assert "worth another try" not in result.stderr
