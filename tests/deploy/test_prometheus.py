"""Debian's Prometheus against the config we ship, and against the server that runs."""

from __future__ import annotations

import subprocess
import urllib.request
from typing import TYPE_CHECKING

import yaml

from newsfold.cli.moved import scrape
from newsfold.client import article
from tests.deploy.scraper import Scraper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.running import Running

_CONFIG = "deploy/prometheus/prometheus.yml"
_SCRAPED_WITHIN_S = 30.0
_BODIES = (
    "The harbour bridge at Skelby reopened on Tuesday after two weeks of repairs, the port"
    " authority said. Some 9,000 vehicles use it each day.",
    "Farmers in the Orrin valley began an early harvest on Monday after the driest June in"
    " forty years, the growers' union said.",
    "Skelby's harbour bridge opened to traffic again on Tuesday, two weeks after repairs began,"
    " the port authority said.",
)


def test_promtool_accepts_the_config(root: Path, promtool: str) -> None:
    """Syntax and field names, by Prometheus's own parser."""
    run = subprocess.run(
        [promtool, "check", "config", _CONFIG],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_promtool_has_nothing_to_say_about_the_metrics(serving: Running, promtool: str) -> None:
    """Names, units and help texts of what /metrics serves."""
    with urllib.request.urlopen(f"http://{serving.metrics}/metrics", timeout=10) as page:
        exposition = page.read().decode()
    ours = [line for line in exposition.splitlines() if "newsfold_" in line or "grpc_" in line]
    run = subprocess.run(
        [promtool, "check", "metrics"],
        input="\n".join([*ours, ""]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_a_query_returns_what_was_sent(
    root: Path, tmp_path: Path, serving: Running, prometheus: str
) -> None:
    """The shipped config, pointed at the running server, counts the calls and the articles."""
    before = _articles(serving)
    config = yaml.safe_load((root / _CONFIG).read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s"}
    config["scrape_configs"][0]["static_configs"] = [{"targets": [serving.metrics]}]
    path = tmp_path / "prometheus.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    with Scraper(prometheus, path) as scraper:
        scraper.value_once("up", lambda up: up == 1, _SCRAPED_WITHIN_S)
        answer = serving.client.cluster([article(body=body) for body in _BODIES])
        sent = before + len(_BODIES)
        counted = scraper.value_once(
            'sum(newsfold_articles_total{job="newsfold"})',
            lambda value: value == sent,
            _SCRAPED_WITHIN_S,
        )
        calls = scraper.value(
            "sum(grpc_server_handled_total"
            '{grpc_service="newsfold.v1.SummarizationService",grpc_method="ClusterArticles",'
            'grpc_code="OK",grpc_type="unary"})'
        )
        models = scraper.value("count(newsfold_model_info)")
    assert sum(len(story.articles) for story in answer.stories) == len(_BODIES)
    assert counted == sent
    assert calls is not None
    assert calls >= 1
    assert models == 3  # writer, embedder, verifier


def _articles(serving: Running) -> float:
    """Articles that the server has counted so far."""
    families = scrape(f"http://{serving.metrics}/metrics")
    return sum(families["newsfold_articles"].samples.values())
