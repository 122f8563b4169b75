"""What a corruption is given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_WORD = re.compile(r"\w+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Source:
    """A true sentence, its evidence, and sentences of other stories to borrow from."""

    sentence: str
    evidence: Sequence[str]
    strangers: Sequence[str] = ()

    def says(self, text: str) -> bool:
        """Whether the evidence or the sentence has every word of `text`, whatever their order."""
        return set(_WORD.findall(text.lower())) <= self._words

    @cached_property
    def _words(self) -> set[str]:
        return set(_WORD.findall(" ".join((self.sentence, *self.evidence)).lower()))
