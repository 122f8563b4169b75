"""The events of a stream -> the answer that the unary call would have given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable


def collect(events: Iterable[pb.StreamSummariesResponse]) -> pb.SummarizeArticlesResponse:
    """Put the stories in their final order and add what the last event says.

    Raises ValueError if the stream ends without its `finished` event or names a story it did
    not send: an answer with a story missing is never returned.
    """
    response = pb.SummarizeArticlesResponse()
    stories: dict[str, pb.Story] = {}
    finished: pb.StreamFinished | None = None
    for event in events:
        match event.WhichOneof("event"):
            case "accepted":
                response.request_id = event.accepted.request_id
            case "story":
                stories[event.story.id] = event.story
            case "finished":
                finished = event.finished
            case _:
                pass
    if finished is None:
        raise ValueError("the stream ended without its last event")
    if sorted(finished.story_ids) != sorted(stories):
        raise ValueError(
            f"the stream sent {len(stories)} stories, its last event names"
            f" {len(finished.story_ids)}"
        )
    response.stories.extend(stories[story_id] for story_id in finished.story_ids)
    response.rejected.extend(finished.rejected)
    response.usage.CopyFrom(finished.usage)
    response.timings.extend(finished.timings)
    response.fingerprint.CopyFrom(finished.fingerprint)
    return response
