"""Which lines are the page's and not the reporter's, and what a page leaves inside a line.

The patterns are in `debris_patterns`; everything here is linear in the length of the line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from newsfold.pipeline.debris_patterns import FURNITURE, LABELS, MONTH, PLEAS, Having

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DEBRIS_CHARS = 800
"""No longer line is debris unless it is script: the longest sign-up forms found in the corpora."""


def is_debris(line: str) -> bool:
    """Whether a stripped, non-empty line is what the page put there and not the reporter."""
    if line.startswith(("(function", "googletag", "window.")):
        return True
    if len(line) > MAX_DEBRIS_CHARS:
        return False
    return _fits(line)


@lru_cache(maxsize=50_000)
def _fits(line: str) -> bool:
    small = _small(line)
    if _FURNITURE.fit(small) or _LABELS.fit(line):
        return True
    return _PLEAS.fit(small) and _REPORTED.search(line) is None


def _small(text: str) -> str:
    """In lower case, "İ" a single letter too."""
    return text.lower().replace("i\u0307", "i")


def has_residue(sentence: str) -> bool:
    """Whether debris stands inside a sentence, where it cannot be cut out: a page on one line."""
    small = _small(sentence)
    for text in _RESIDUE:
        if text in small:
            return True
    return any(text in small for text in _MARKS) and bool(_MARKED.search(small))


def cross_links(paragraph: str) -> Iterator[tuple[int, int]]:
    """Ranges of the related headlines that some sites paste after a person's name.

    "Joanna Rusk Joanna Marie RuskFerry inquiry opens Overnight Shipping: ... MORE (Ind.) said": a
    surname comes again, glued to the first headline, and the run ends in MORE.
    """
    if "MORE" not in paragraph:
        return
    for match in _GLUED.finditer(paragraph):
        end = paragraph.find("MORE", match.end(), match.end() + _CROSS_LINK_CHARS)
        if end >= 0:
            yield match.start(), end + len("MORE")


DATELINE = re.compile(
    # MOSCOW/KIEV (AP) — ; FORT ABNEY, Marrowdale — ; only before the start of a sentence
    r"[A-ZÀ-Þ][A-ZÀ-Þ.'’/-]{2,}(?: [A-ZÀ-Þ][A-ZÀ-Þ.'’/-]*){0,3}"
    r"(?:, [A-Z][\w.]*(?: [A-Z]?[\w.]+){0,2})?(?: \([^()]{2,30}\))?"
    r"(?: ?(?:--|[–—]) ?| ?- )(?=[\"“'‘(]?[A-ZÀ-Þ0-9])"
    # MOSCOW (AP)
    r"|[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{2,}(?: [A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){0,3}(?:, [A-Z][\w.]*(?: [A-Z]?[\w.]+){0,2})?"
    r" \((?:[A-Z]{2,8}|Reuters|Bloomberg)\) "
    # Gillam Falls, May 4 (HPA) -
    rf"|[A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){{0,2}}, (?i:{MONTH}) \d{{1,2}}(?: \([^()]{{2,30}}\))?"
    r" ?[-–—]+ (?=[\"“'‘(]?[A-ZÀ-Þ0-9])"
    # (CNN) ; Washington (CNN)
    r"|(?:[A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){0,2},? )?"
    r"\((?:CNN|AP|Reuters|AFP|UPI|BBC|CBS|NBC|ABC|Fox News)[\w ]{0,20}\)(?: ?(?:--|[-–—]))? ?"
    # the button of a player
    r"|CLOSE (?=[A-ZÀ-Þ])"
    # a box of bullet points
    r"|Story [Hh]ighlights:? (?=[A-ZÀ-Þ])"
)
"""A place and agency in front of a lead: "MOSCOW (AP) — "; matched at the start of a line."""


class _Lines:
    """The lines that one of some patterns fits, from end to end."""

    def __init__(self, patterns: Sequence[str | Having]) -> None:
        alone = (p for p in patterns if not isinstance(p, Having))
        self._alone = re.compile("|".join(f"(?:{p})" for p in alone))
        self._having = [
            (word, re.compile(p.pattern))
            for p in patterns
            if isinstance(p, Having)
            for word in p.words
        ]

    def fit(self, line: str) -> bool:
        """Whether it is one of them."""
        if self._alone.fullmatch(line):
            return True
        # A loop: most of the time of cleaning goes by here.
        for word, pattern in self._having:  # noqa: SIM110
            if word in line and pattern.fullmatch(line):
                return True
        return False


_FURNITURE = _Lines(FURNITURE)
_PLEAS = _Lines(PLEAS)
_LABELS = _Lines(LABELS)
_REPORTED = re.compile(
    r"\b(?:said|says|told|tells|asked|urged|warned|wrote|writes|added|claimed|announced|reported"
    r"|court|judge|residents|investors)\b",
    re.IGNORECASE,
)
_RESIDUE = (
    "open image modal", "view image in fullscreen", "enlarge this image", "toggle caption",
    "media playback is unsupported", "pic.twitter.com", "http://", "https://",
    "/getty images", "(ap photo", "replay more videos", "continue reading the main story",
    "please verify you're not", "please verify you’re not", "by signing up you",
    "by signing up, you", "sign up for our", "image copyright",
)  # fmt: skip
_MARKS = ("(@", "hide caption ", "via getty", "reuters/")
_MARKED = re.compile(r"\(@\w+\)|hide caption \d|\bvia getty|\breuters/")
_GLUED = re.compile(
    r"\b(?P<surname>[A-ZÀ-Þ][\w'’-]{1,30}) (?:[\w.()'’-]{1,20} ){1,6}(?P=surname)(?=[A-Z0-9])"
)
_CROSS_LINK_CHARS = 1_000
