"""Settings: from the environment, bounded, secret where they must be, refused where impossible."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from newsfold.pipeline.tuning import StoryTuning
from newsfold.settings import Settings


def test_the_environment_sets_fields_and_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested ones by two underscores."""
    monkeypatch.setenv("NEWSFOLD_MAX_ARTICLES", "7")
    monkeypatch.setenv("NEWSFOLD_TUNING__WRITE__MAX_FUSED", "2")
    settings = Settings()
    assert settings.max_articles == 7
    assert settings.tuning.write.max_fused == 2


def test_what_is_in_force_can_be_logged_without_its_secrets() -> None:
    """As JSON."""
    shown = json.dumps(Settings(auth_token=SecretStr("sesame")).effective())
    assert "sesame" not in shown
    assert '"max_articles": 2000' in shown


def test_an_unknown_setting_is_refused() -> None:
    """A typing error must not run with the default."""
    with pytest.raises(ValidationError, match="max_artikles"):
        Settings(max_artikles=3)  # type: ignore[call-arg]


IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"tls_key": Path("key.pem")}, "tls_certificate and tls_key go together"),
    ({"default_beams": 9}, "default_beams 9 is over max_beams 8"),
    ({"default_target_words": 3000}, "over max_target_words 2000"),
    ({"max_article_tokens": 3_000_000}, "over max_request_tokens 2000000"),
    ({"max_queue_tokens": 1_000_000}, "the largest request could never be admitted"),
    ({"port": 9464}, "port and metrics_port are both 9464"),
    ({"dtype": "float16", "device": "cpu"}, "float16 needs a CUDA device"),
    ({"max_articles": 0}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("given", "line"), IMPOSSIBLE, ids=lambda value: str(value)[:30])
def test_what_cannot_work_is_refused_with_a_line_that_says_why(
    given: dict[str, object], line: str
) -> None:
    """At start, not at the first request."""
    with pytest.raises(ValidationError, match=line):
        Settings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "heights",
    [
        {"strict_distance": 0.65},
        {"normal_distance": 0.75},
        {"loose_distance": 0.6},
    ],
)
def test_a_looser_granularity_cannot_join_less(heights: dict[str, float]) -> None:
    """The line names the three heights."""
    line = "strict_distance .*, normal_distance .* and loose_distance .* must not fall"
    with pytest.raises(ValidationError, match=line):
        StoryTuning(**heights)


def test_every_limit_says_what_it_bounds_and_in_what_unit() -> None:
    """So that GetServiceInfo and the README can list it."""
    limits = {
        n: f for n, f in Settings.model_fields.items() if isinstance(f.json_schema_extra, dict)
    }
    assert len(limits) >= 12
    for name, field in limits.items():
        assert field.description, name
        assert isinstance(field.json_schema_extra, dict)
        assert field.json_schema_extra["unit"], name
