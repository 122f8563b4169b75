"""A generic client that learns the contract from the server's reflection, as grpcurl does."""

from __future__ import annotations

import json
import subprocess

REFUSED = 24
"""buf's exit code is 8 times the gRPC code; INVALID_ARGUMENT is 3."""
BODY = "The old rope bridge over the Tamsel gorge collapsed on Tuesday, injuring 12 people."


def curl(target: str, method: str, message: object) -> subprocess.CompletedProcess[str]:
    """One call by reflection."""
    address = f"http://{target}/{method}"
    plain = ("--protocol", "grpc", "--http2-prior-knowledge")
    return subprocess.run(
        ["buf", "curl", *plain, "--data", json.dumps(message), address],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_reflection_is_enough_to_call_the_service(target: str) -> None:
    """Request and answer in protobuf's JSON."""
    message = {
        "articles": [{"id": "bridge", "body": BODY, "publishTime": "2026-03-10T07:40:00Z"}],
        "options": {"writeMode": "WRITE_MODE_EXTRACTIVE"},
    }
    done = curl(target, "newsfold.v1.SummarizationService/SummarizeArticles", message)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)["stories"][0]
    assert story["summary"] == BODY
    assert story["articles"][0]["id"] == "bridge"


def test_reflection_is_enough_to_follow_a_stream(target: str) -> None:
    """One JSON object an event."""
    done = curl(
        target,
        "newsfold.v1.SummarizationService/StreamSummaries",
        {"articles": [{"body": BODY}]},
    )
    assert done.returncode == 0, done.stderr
    decoder, text, kinds = json.JSONDecoder(), done.stdout.strip(), list[str]()
    while text:
        event, end = decoder.raw_decode(text)
        kinds += event
        text = text[end:].lstrip()
    assert kinds[0] == "accepted"
    assert kinds[-1] == "finished"


def test_health_is_reflected_too(target: str) -> None:
    """For generic probes."""
    done = curl(target, "grpc.health.v1.Health/Check", {"service": ""})
    assert json.loads(done.stdout) == {"status": "SERVING"}


def test_a_generic_client_sees_the_details_of_an_error(target: str) -> None:
    """With the path of the field."""
    done = curl(target, "newsfold.v1.SummarizationService/ClusterArticles", {"articles": []})
    assert done.returncode == REFUSED
    assert "google.rpc.BadRequest" in done.stderr
    assert "google.rpc.ErrorInfo" in done.stderr
