"""The one frozen Settings: the only place that reads the environment.

Every field is a variable (NEWSFOLD_MAX_ARTICLES; NEWSFOLD_TUNING__STORIES__...) and a flag of
`newsfold serve` (--max-articles). Impossible combinations are refused here, with a line that
says which.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsfold.pipeline.limits import Defaults, Limits, bound
from newsfold.pipeline.tuning import Tuning

EMBEDDED = "embedded"
"""Name of the models that ship with the package."""


class Dtype(StrEnum):
    """Arithmetic of a model; AUTO lets the profile and the device choose."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    CONSOLE = "console"


class Settings(Limits, Defaults, BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="NEWSFOLD_", env_nested_delimiter="__", extra="forbid"
    )

    # Where it listens
    host: str = Field("127.0.0.1", description="Address of the gRPC and metrics listeners")
    port: int = Field(50051, ge=0, le=65535, description="gRPC port; 0 takes a free one")
    metrics_port: int = Field(9464, ge=0, le=65535, description="/metrics port; 0: a free one")
    metrics: bool = Field(default=True, description="Serve /metrics")
    reflection: bool = Field(default=True, description="Serve gRPC reflection")
    auth_token: SecretStr | None = Field(
        None, description="Bearer token that every call but health must carry"
    )
    tls_certificate: Path | None = Field(None, description="PEM certificate chain; needs tls_key")
    tls_key: Path | None = Field(None, description="PEM private key; needs tls_certificate")

    # Models
    model: str = Field(
        EMBEDDED, description="Seq2seq checkpoint: embedded, a directory or a hub name"
    )
    model_revision: str | None = Field(
        None, description="Commit of a hub model; required for one, so that it cannot change"
    )
    model_sha256: str | None = Field(None, description="Expected SHA-256 of model.safetensors")
    embedder: str = Field(
        EMBEDDED, description="Sentence encoder: embedded, a directory or a hub name"
    )
    embedder_revision: str | None = Field(None, description="Commit of a hub encoder")
    embedder_sha256: str | None = Field(None, description="Expected SHA-256 of its weights")
    verifier: str = Field(
        EMBEDDED,
        description="Judge of written sentences: embedded, a directory, or none (rules alone)",
    )
    cohort: Path | None = Field(
        None, description="Strangers of another encoder, a file that `newsfold calibrate` made"
    )
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    dtype: Dtype = Field(
        Dtype.AUTO,
        description="Arithmetic of the seq2seq model; auto: bfloat16 where it is faster, but"
        " float32 for what runs through `generate` on a CPU",
    )
    cuda_graphs: bool = Field(
        default=True, description="Record decoder steps as CUDA graphs; of no effect on a CPU"
    )
    threads: int = Field(0, ge=0, description="CPU threads of the models; 0: the cores there are")

    # Load
    max_queue_tokens: int = bound(
        4_000_000, "tokens", "Input tokens of all requests admitted and not finished"
    )
    max_concurrent_requests: int = bound(64, "requests", "Requests admitted and not finished")
    max_running_requests: int = bound(
        2, "requests", "Requests served at once; the others that are admitted wait for their turn"
    )
    overtaking_share: float = Field(
        0.5,
        ge=0,
        description=(
            "A request is served beside others if it needs at most this share of what each of them"
            " still needs; 0: one at a time; 1000: whenever there is a place"
        ),
    )
    max_tenants: int = bound(
        32, "tenants", "Tenants without a weight that are told apart; the others share one turn"
    )
    tenant_weights: str = Field(
        "",
        pattern=r"^([^=,\s]+=\d+(\.\d+)?(,[^=,\s]+=\d+(\.\d+)?)*)?$",
        description="Shares of the server by tenant, as newsroom=4,archive=0.5; others have 1",
    )
    coalesce: bool = Field(
        default=True, description="Work once on equal requests of a tenant that are under way"
    )
    canary_s: float = Field(
        600.0,
        ge=0,
        description="Seconds between checks that output does not depend on its company; 0: none",
    )
    batch_tokens: int = bound(8_192, "tokens", "Padded encoder tokens of one batch")
    embed_cache_entries: int = bound(
        20_000, "sentences", "Sentence vectors kept for reuse; 0 keeps none", at_least=0
    )
    write_cache_entries: int = bound(
        2_000, "rows", "What the latest rows of the writer came to; 0 keeps none", at_least=0
    )
    state_cache_mib: int = bound(
        64, "MiB", "Encoder states of the writer's latest inputs; 0 keeps none", at_least=0
    )
    default_deadline_s: float = Field(
        120.0, gt=0, description="Deadline of a call that sets none, seconds"
    )
    drain_s: float = Field(30.0, ge=0, description="How long shutdown waits for calls, seconds")

    # Telling
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Least level"
    )
    log_format: LogFormat = Field(LogFormat.JSON, description="json or console")

    tuning: Tuning = Field(default_factory=Tuning, description="Thresholds; see docs/tuning.md")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together: set both or neither")
        if self.default_beams > self.max_beams:
            raise ValueError(
                f"default_beams {self.default_beams} is over max_beams {self.max_beams}"
            )
        if self.default_target_words > self.max_target_words:
            raise ValueError(
                f"default_target_words {self.default_target_words} is over"
                f" max_target_words {self.max_target_words}"
            )
        if self.max_article_tokens > self.max_request_tokens:
            raise ValueError(
                f"max_article_tokens {self.max_article_tokens} is over"
                f" max_request_tokens {self.max_request_tokens}"
            )
        if self.max_request_tokens > self.max_queue_tokens:
            raise ValueError(
                f"max_request_tokens {self.max_request_tokens} is over max_queue_tokens"
                f" {self.max_queue_tokens}: the largest request could never be admitted"
            )
        if not all(self.weights.values()):
            raise ValueError("tenant_weights: a tenant of weight 0 would never be served")
        if self.port == self.metrics_port != 0 and self.metrics:
            raise ValueError(f"port and metrics_port are both {self.port}")
        if self.dtype is Dtype.FLOAT16 and self.device == "cpu":
            raise ValueError("dtype float16 needs a CUDA device; on a CPU use bfloat16 or float32")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """`tenant_weights`, read."""
        pairs = (pair.partition("=") for pair in self.tenant_weights.split(",") if pair)
        return {tenant: float(weight) for tenant, _, weight in pairs}

    def effective(self) -> dict[str, object]:
        """What is in force, JSON-ready, secrets masked."""
        return self.model_dump(mode="json")
