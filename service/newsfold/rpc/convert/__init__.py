"""Messages of the contract <-> types of the domain: the only place that knows both."""

from newsfold.rpc.convert.answers import (
    cluster_response,
    estimate_response,
    info_response,
    progress_event,
    story_message,
    stream_accepted,
    stream_finished,
    summarize_response,
)
from newsfold.rpc.convert.requests import Asked, read_request

__all__ = [
    "Asked",
    "cluster_response",
    "estimate_response",
    "info_response",
    "progress_event",
    "read_request",
    "story_message",
    "stream_accepted",
    "stream_finished",
    "summarize_response",
]
