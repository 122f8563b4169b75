"""The facts about each family of summarization checkpoints, as its authors trained it."""

from __future__ import annotations

from dataclasses import dataclass

from newsfold.model.generation import Generation

ENGLISH = frozenset({"en"})
CAUTIOUS = Generation(max_new_tokens=142, no_repeat_ngram_size=3)


@dataclass(frozen=True, slots=True)
class Family:
    """How checkpoints of one architecture and training expect their input."""

    name: str
    prefix: str = ""
    """Text before the documents, unless the checkpoint names another."""
    between: str = " "
    """Text between documents."""
    after_each: str | None = None
    """Special token after every document; each document is then tokenized apart."""
    attends_globally: bool = False
    """Whether the first token and every `after_each` attend to all others."""
    breaks_in_float16: bool = False
    opening_dash: bool = False
    """Whether output opens with the dash of Multi-News, to be removed."""
    languages: frozenset[str] | None = ENGLISH
    """What it writes; None: whatever it was trained on, which the checkpoint does not say."""
    reads: int | None = None
    """Most input tokens where the config does not say."""
    generation: Generation = CAUTIOUS


_FAMILIES = (
    # Lewis et al. 2020; bart-large-cnn: 56 to 142 tokens, length penalty 2, 4 beams.
    Family(
        "bart",
        generation=Generation(142, 56, 2.0, 3),
    ),
    # Raffel et al. 2020: trained on 512 tokens, task named by a prefix. float16 overflows in the
    # feed-forward layers (transformers issue 4586).
    Family(
        "t5",
        prefix="summarize: ",
        reads=512,
        breaks_in_float16=True,
        generation=Generation(200, 30, 2.0, 3),
    ),
    # Xue et al. 2021: no prefix in pre-training; 101 languages.
    Family(
        "mt5",
        reads=512,
        breaks_in_float16=True,
        languages=None,
        generation=Generation(142, 0, 1.0, 2),
    ),
    # Zhang et al. 2020. Trained in bfloat16; float16 gives nan.
    Family(
        "pegasus",
        breaks_in_float16=True,
        generation=Generation(128, 0, 0.8, 0),
    ),
    # Multi-News joins its documents by "|||||"; its references open with a dash. It loops if a
    # minimum length is forced, so there is none.
    Family(
        "pegasus-multi_news",
        between=" ||||| ",
        breaks_in_float16=True,
        opening_dash=True,
        generation=Generation(256, 0, 0.8, 0),
    ),
    # Beltagy et al. 2020: global attention on the first token for summarization.
    Family(
        "led",
        attends_globally=True,
        generation=Generation(256, 0, 1.0, 3),
    ),
    # Xiao et al. 2022: <doc-sep> after every document, global attention on it and the first token.
    Family(
        "primera",
        after_each="<doc-sep>",
        attends_globally=True,
        opening_dash=True,
        generation=Generation(256, 0, 1.0, 3),
    ),
    Family("marian", languages=None, generation=Generation(256)),
    # Liu et al. 2020: the language token is part of the frame that the tokenizer puts around text.
    Family("mbart", languages=None, generation=CAUTIOUS),
)

FAMILIES = {family.name: family for family in _FAMILIES}

PLAIN = Family("plain", languages=None, generation=CAUTIOUS)
"""For an architecture that is not in the table: the text as it is, cautious decoding."""
