"""deploy/compose: the schema of the Compose specification, and that its parts fit each other."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from newsfold.cli.setting_flags import settings_from
from newsfold.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "deploy/compose/compose.yaml"
_CHECK = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")


@pytest.fixture
def services(root: Path) -> dict[str, Any]:
    """The services of the compose file."""
    services: dict[str, Any] = yaml.safe_load((root / _FILE).read_text(encoding="utf-8"))[
        "services"
    ]
    return services


def test_compose_file_meets_the_compose_schema(root: Path) -> None:
    """The schema is compose-spec.json as check-jsonschema ships it."""
    run = subprocess.run(
        [*_CHECK, _FILE],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_schema_check_refuses_a_wrong_file(root: Path, tmp_path: Path) -> None:
    """The check above can fail: a misspelt key of a service is an error."""
    wrong = tmp_path / "compose.yaml"
    text = (root / _FILE).read_text(encoding="utf-8")
    wrong.write_text(text.replace("read_only:", "readonly:"), encoding="utf-8")
    run = subprocess.run(
        [*_CHECK, wrong],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "readonly" in run.stdout


def test_files_that_compose_names_are_there(root: Path, services: dict[str, Any]) -> None:
    """Build context, Dockerfile and every mounted file."""
    here = (root / _FILE).parent
    build = services["newsfold"]["build"]
    named = [here / build["context"], here / build["context"] / build["dockerfile"]]
    mounts = [mount.split(":")[0] for mount in services["prometheus"]["volumes"]]
    named += [here / mount for mount in mounts if mount.startswith(".")]
    assert len(named) == 3
    assert [path for path in named if not path.exists()] == []


def test_prometheus_scrapes_the_port_that_newsfold_serves(
    root: Path, services: dict[str, Any]
) -> None:
    """The target is the service's name and the default of metrics_port."""
    config = yaml.safe_load((root / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    assert job["static_configs"] == [
        {"targets": [f"newsfold:{Settings.model_fields['metrics_port'].default}"]}
    ]
    assert "newsfold" in services


def test_nothing_is_published_beyond_this_host(services: dict[str, Any]) -> None:
    """There is no token and no TLS in the compose file."""
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_docker_waits_longer_than_the_server_drains(services: dict[str, Any]) -> None:
    """Else the calls being drained are killed."""
    newsfold = services["newsfold"]
    grace = float(newsfold["stop_grace_period"].removesuffix("s"))
    assert grace > float(newsfold["environment"]["NEWSFOLD_DRAIN_S"])


def test_the_environment_is_one_that_settings_accept(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each variable is a field of Settings, and all of them together are possible."""
    environment = services["newsfold"]["environment"]
    unknown = [
        name
        for name in environment
        if name.removeprefix("NEWSFOLD_").lower() not in Settings.model_fields
    ]
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    assert unknown == []
    assert settings_from({}).drain_s == float(environment["NEWSFOLD_DRAIN_S"])
