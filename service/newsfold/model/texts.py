"""The tokenizer of a text encoder, and the special tokens that it puts around a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from newsfold.model.checkpoint import CheckpointRefused

if TYPE_CHECKING:
    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids


def open_tokenizer(checkpoint: Checkpoint) -> Any:
    """Its `tokenizer.json`; never cuts, never pads, reads no special token out of a text.

    Raises CheckpointRefused if there is none.
    """
    path = checkpoint.directory / "tokenizer.json"
    if not path.is_file():
        raise CheckpointRefused(f"{checkpoint.directory} holds no tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def frame(tokenizer: Any) -> tuple[Ids, Ids]:
    """The special tokens before and after a text."""
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    framed = tokenizer.encode("a").ids
    at = framed.index(plain[0])
    return tuple(framed[:at]), tuple(framed[at + len(plain) :])
