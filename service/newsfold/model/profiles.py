"""How to drive a checkpoint: which profile it gets, and what every profile must answer.

A profile turns a writing job into the exact input of its checkpoint and the output into clean text.
It knows token ids; it knows no tensors and no scheduler.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.documents import DocumentProfile
from newsfold.model.families import FAMILIES, PLAIN
from newsfold.model.rewriter import RewriterProfile

if TYPE_CHECKING:
    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.families import Family
    from newsfold.model.prompt import Profile
    from newsfold.model.vocabulary import Vocabulary

_log = logging.getLogger(__name__)


def profile_for(checkpoint: Checkpoint, vocabulary: Vocabulary) -> Profile:
    """The profile of a checkpoint.

    The `newsfold` section of its config.json decides if it names a family, else its architecture,
    name and special tokens do. An unknown one gets the plain profile and a warning.
    """
    config = checkpoint.read_json("config.json")
    named = config.get("newsfold", {}).get("family")
    if named == RewriterProfile.family:
        return RewriterProfile(checkpoint, vocabulary)
    return DocumentProfile(checkpoint, vocabulary, _family(checkpoint, config, vocabulary, named))


def _family(
    checkpoint: Checkpoint, config: dict[str, Any], vocabulary: Vocabulary, named: str | None
) -> Family:
    if named is not None:
        if named not in FAMILIES:
            raise CheckpointRefused(
                f"{checkpoint.name!r} names the family {named!r}; there are"
                f" {', '.join([RewriterProfile.family, *FAMILIES])}"
            )
        return FAMILIES[named]
    model_type = str(config.get("model_type"))
    names = f"{checkpoint.name} {config.get('_name_or_path', '')}".lower().replace("-", "_")
    if model_type == "pegasus" and "multi_news" in names:
        return FAMILIES["pegasus-multi_news"]
    if model_type == "led" and vocabulary.special("<doc-sep>") is not None:
        return FAMILIES["primera"]
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    _log.warning(
        "profile.unknown: checkpoint %s of type %s gets the plain profile",
        checkpoint.name,
        model_type,
    )
    return PLAIN
