"""How a channel is set up: security, message size and the retry policy. No call is made here.

Retries are gRPC's own, by service config (gRFC A6): the library counts attempts within the
caller's deadline, backs off with jitter, and follows the server's `grpc-retry-pushback-ms`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

import grpc

from newsfold.v1 import newsfold_pb2 as pb

DEFAULT_TARGET = "localhost:50051"
DEFAULT_TIMEOUT_S = 120.0
DEFAULT_MESSAGE_BYTES = 32 * 1024 * 1024
"""The server's default max_request_bytes: a larger request is refused here, before it is sent.
The server's transport would refuse it with RESOURCE_EXHAUSTED too, after each of five attempts."""

Priority: TypeAlias = Literal["interactive", "batch"]
"""How soon an answer is needed; batch work waits for interactive work."""

_SERVICE = pb.DESCRIPTOR.services_by_name["SummarizationService"].full_name
_SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{"service": _SERVICE}],
                "retryPolicy": {
                    # Five is the most that gRPC allows; 0.5+1+2+4 s is about the time a warm
                    # server needs to restart. Every rpc is free of side effects.
                    "maxAttempts": 5,
                    "initialBackoff": "0.5s",
                    "maxBackoff": "8s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
                },
            }
        ],
        # A client of a server in trouble stops retrying when half of these are gone; each
        # success gives a tenth back (the values of gRFC A6's own example, tenfold).
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
    }
)


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS towards the server."""

    root_certificates: bytes | None = None
    """PEM certificates to trust; None trusts the system's."""
    server_name: str | None = None
    """The name expected in the certificate where it is not the target's host."""

    def credentials(self) -> grpc.ChannelCredentials:
        """What gRPC wants."""
        return grpc.ssl_channel_credentials(root_certificates=self.root_certificates)


def channel_options(max_message_bytes: int, tls: Tls | None) -> list[tuple[str, str | int]]:
    """Channel arguments; see grpc's `channel_arg_names.h`."""
    options: list[tuple[str, str | int]] = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        # A request larger than this (256 KiB by default) is sent once and never retried.
        ("grpc.per_rpc_retry_buffer_size", max_message_bytes),
    ]
    if tls is not None and tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    return options


def call_metadata(
    token: str | None, tenant: str | None, priority: Priority | None
) -> tuple[tuple[str, str], ...]:
    """Metadata of every call."""
    bearer = None if token is None else f"Bearer {token}"
    given = {
        "authorization": bearer,
        "newsfold-tenant": tenant,
        "newsfold-priority": priority,
    }
    return tuple((key, value) for key, value in given.items() if value is not None)
