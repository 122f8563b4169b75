"""Which sentences are fit to be written: what the model must never learn to say is dropped here.

The list comes from reading the first version's outputs: torn quotes, captions, fragments,
first-person teasers, openings such as "But" and pronouns that point outside the sentence.
"""

import re

from training.text import words

MIN_WORDS, MAX_WORDS = 8, 42
MIN_TITLE_WORDS, MAX_TITLE_WORDS = 4, 18

_LEADING_CONJUNCTION = re.compile(
    r"^(?:But|And|So|Yet|Still|However|Meanwhile|Also|Then|Indeed),? "
)
_POINTS_OUTSIDE = re.compile(
    r"^[\"“]?(?:He|She|They|His|Her|Their|This|That|These|Those|Such|Or|Nor|Because|Which|Who|Here"
    r"|There’s|There's|Instead|Similarly|Likewise|Moreover|Furthermore|Thus|Therefore|Hence|It|Its"
    r"|Both|Neither|Another|Others|Image|Photo|Watch|Read|See|Related|Video|Story|By|Click|File)\b"
)
_DIRTY = re.compile(
    r"https?:|www\.|\.com\b|pic\.twitter|@\w|#\w|\bMORE\b|[|©™•►▶<>{}\[\]_*^~]|\.\.\.|…|\(AP |"
    r"Getty|AFP|REUTERS/|Reuters/|AP Photo|[Ff]ile [Pp]hoto|FILE -|Photos?:|Photo by|Caption|Image|"
    r"Screenshot|"
    r"[Ss]ign up|[Ss]ubscribe|[Nn]ewsletter|[Cc]lick |[Rr]ead more|contributed to this|"
    r"[Aa]dvertisement|[Uu]pdated|All rights reserved|copyright|via (?:Twitter|Facebook)|\(left\)|"
    r"\(right\)|\(center\)|pictured|\bPT\b|;;|--|: :|\?|!"
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|I’m|I've|I’ve|me|my|we|we're|we’re|us|our|you|your)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_FINITE_VERB = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|do|does|did|will|would|can|could|may|might|must|should|"
    r"said|says|say|told|made|took|went|came|got|gave|found|won|lost|led|met|left|held|began|set|"
    r"put|hit|cut|ran|fell|rose|saw|sent|spent|spoke|wrote|knew|thought|brought|built|paid|kept|"
    r"stood|[a-z]{2,}ed|plans|wants|calls|shows|faces|seeks|expects|appears|seems|remains|makes|"
    r"takes|comes|gets|gives|includes|continues|believes|argues|means|needs|allows|requires)\b"
)


def clean_target(sentence: str) -> str | None:
    """The sentence as it may be written, or None where it is unfit.

    A leading "But" or "And" is cut; everything else is judged, not mended.
    """
    opened = _LEADING_CONJUNCTION.sub("", sentence)
    sentence = opened[:1].upper() + opened[1:]
    count = len(words(sentence))
    fit = (
        MIN_WORDS <= count <= MAX_WORDS
        and sentence.rstrip("\"”’'")[-1:] == "."
        and (sentence[0].isupper() or sentence[0] in '“"$' or sentence[0].isdigit())
        and not _POINTS_OUTSIDE.match(sentence)
        and not _DIRTY.search(sentence)
        and balanced_quotes(sentence)
        and not _speaks_to_the_reader(sentence)
        and _FINITE_VERB.search(sentence) is not None
        and not _shouts(sentence)
    )
    return sentence if fit else None


def clean_headline(title: str) -> str | None:
    """A headline without its site suffix, or None for labels, questions and teasers."""
    title = re.split(r" [|–—] | - (?=[A-Z][\w ]+$)", title.strip())[0].strip().rstrip(".")
    fit = (
        MIN_TITLE_WORDS <= len(words(title)) <= MAX_TITLE_WORDS
        and not re.match(r"^[\w' ’]{2,24}:", title)
        and not _DIRTY.search(title)
        and balanced_quotes(title)
        and not _speaks_to_the_reader(title)
        and not re.match(r"^(?:How|Why|What|When|Where|Who|This|These|Here|\d+ )", title)
        and not re.search(
            r"(?i)\b(?:opinion|editorial|analysis|exclusive|video|live|photos)\b", title
        )
    )
    return title if fit else None


def balanced_quotes(text: str) -> bool:
    """True where every double quote that opens also closes (a straight one counts in pairs)."""
    if text.count('"') % 2:
        return False
    depth = 0
    for mark in text:
        depth += (mark == "“") - (mark == "”")
        if depth not in (0, 1):
            return False
    return depth == 0 and text.count("(") == text.count(")")


def _speaks_to_the_reader(sentence: str) -> bool:
    outside = _QUOTED.sub(" ", sentence).replace("U.S", "").replace("US", "")
    return _FIRST_PERSON.search(outside) is not None


def _shouts(sentence: str) -> bool:
    letters = [c for c in sentence if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.3 * max(1, len(letters))
