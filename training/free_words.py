"""The words that a rewriter may write though they stand in none of its sentences.

Learnt from the rows: the function words and verbs of saying that targets add to their inputs often
enough. Negations and hedges are left out, where they are new, they are wrong; and so are all other
words: with "killing", "senator" and "funding" on the list, drafts named people and deeds so.
"""

import re
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer

from newsfold.pipeline import facts
from newsfold.pipeline.forces import bears_force
from training.rows import Row

LEAST = 20
"""Targets that must add a piece: fewer are accidents of the mining."""
_WORD = re.compile(r"[a-z]+")
_MARKS = frozenset(".,;:'-–—()")
_SAYING = frozenset("said say says saying told tell tells wrote according".split())


def free_words(rows: Iterable[Row], tokenizer: Tokenizer) -> list[str]:
    """Whole words, lower-case, in the order of how often targets add them."""
    added: Counter[str] = Counter()
    for row in rows:
        known = {
            piece
            for encoding in tokenizer.encode_batch(list(row.inputs), add_special_tokens=False)
            for piece in encoding.tokens
        }
        added.update(set(tokenizer.encode(row.target, add_special_tokens=False).tokens) - known)
    return [
        piece
        for piece, count in sorted(added.items(), key=lambda item: (-item[1], item[0]))
        if count >= LEAST and _is_free(piece)
    ]


def _is_free(piece: str) -> bool:
    if piece in _MARKS:
        return True
    if not _WORD.fullmatch(piece) or bears_force(piece) or facts.quantities(piece):
        return False
    return piece in facts.STOPWORDS or piece in _SAYING
