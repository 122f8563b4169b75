"""A checkpoint's tokenizer, reduced to what prompts need: text to ids, ids to text.

Article text is data: a "</s>" or "<doc-sep>" inside an article becomes ordinary pieces, never the
special token of that name.
"""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from transformers import AutoTokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids

UNBOUNDED = 1_000_000
"""transformers says 1e30 where a tokenizer names no maximum; anything above this means none."""


class Vocabulary:
    """The tokenizer of a seq2seq checkpoint. Safe to use from several threads."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            checkpoint.directory, local_files_only=True, trust_remote_code=False
        )
        self.prefix, self.suffix = self._frame()
        stated = self._tokenizer.model_max_length
        self.max_tokens: int | None = int(stated) if stated < UNBOUNDED else None
        self._backend: Any = getattr(self._tokenizer, "_tokenizer", None)
        self._slow = threading.Lock()
        names = {*self._tokenizer.all_special_tokens, *self._tokenizer.get_added_vocab()}
        longest_first = sorted((n for n in names if len(n) > 1), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        if self._backend is not None:
            self._backend.no_truncation()
            self._backend.no_padding()
            self._backend.encode_special_tokens = True

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """Ids of each text without special tokens."""
        if self._backend is None:
            return self._encode_slowly(texts)
        return [tuple(encoding.ids) for encoding in self._encodings(texts)]

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many ids `encode` gives for each text."""
        if self._backend is None:
            return [len(ids) for ids in self._encode_slowly(texts)]
        return [len(encoding) for encoding in self._encodings(texts)]

    def _encodings(self, texts: Sequence[str]) -> Sequence[Any]:
        if not texts:
            return []
        plain = [self._special.sub(_apart, text) for text in texts]
        encodings: Sequence[Any] = self._backend.encode_batch_fast(plain, add_special_tokens=False)
        return encodings

    def _encode_slowly(self, texts: Sequence[str]) -> list[Ids]:
        encode = partial(
            self._tokenizer.encode, add_special_tokens=False, split_special_tokens=True
        )
        with self._slow:  # a Python tokenizer keeps state while it splits
            return [tuple(encode(self._special.sub(_apart, text))) for text in texts]

    def decode(self, ids: Ids) -> str:
        """The text of these ids, special tokens left out, spacing as the pieces have it."""
        text: str = self._tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def special(self, token: str) -> int | None:
        """The id of a special token, None if the vocabulary does not have it."""
        ids: dict[str, int] = self._tokenizer.get_added_vocab()
        return ids.get(token)

    def ids(self, pieces: Iterable[str]) -> Ids:
        """The ids of those pieces that the vocabulary has."""
        known: dict[str, int] = self._tokenizer.get_vocab()
        return tuple(known[piece] for piece in pieces if piece in known)

    def continuations(self) -> Ids:
        """The ids of the pieces that only go on with a word, in a WordPiece vocabulary."""
        known: dict[str, int] = self._tokenizer.get_vocab()
        return tuple(number for piece, number in known.items() if piece.startswith("##"))

    @property
    def source_language_id(self) -> int | None:
        """The id of the language token that a multilingual tokenizer puts with its input."""
        language = getattr(self._tokenizer, "src_lang", None)
        if not language:
            return None
        found: int = self._tokenizer.convert_tokens_to_ids(language)
        return found

    def _frame(self) -> tuple[Ids, Ids]:
        """The special tokens that the checkpoint expects before and after a text."""
        plain = self._tokenizer.encode("a", add_special_tokens=False)
        framed = self._tokenizer.encode("a")
        at = framed.index(plain[0])
        return tuple(framed[:at]), tuple(framed[at + len(plain) :])


def _apart(special: re.Match[str]) -> str:
    """The name of a special token with a space in it.

    SentencePiece vocabularies hold "</s>" as a piece like any other, so that no setting of the
    tokenizer keeps it out.
    """
    name = special.group()
    return f"{name[0]} {name[1:]}"
