"""What grpc.health.v1 answers, as an enum."""

from __future__ import annotations

from enum import Enum

from grpc_health.v1 import health_pb2


class Health(Enum):
    """The state of a server or of one of its services."""

    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"
    UNKNOWN = "UNKNOWN"
    SERVICE_UNKNOWN = "SERVICE_UNKNOWN"


def health_request(service: str) -> health_pb2.HealthCheckRequest:
    """The question; "" asks for the server as a whole."""
    return health_pb2.HealthCheckRequest(service=service)


def health_of(response: health_pb2.HealthCheckResponse) -> Health:
    """The answer."""
    return Health(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))
