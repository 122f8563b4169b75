"""Words of a closed class that tell two events of a series apart.

A place, a month, a quarter, a year, a county, the number of a match, a score, the magnitude of an
earthquake. Not tolls and percentages, which two reports of one event give differently.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias

from newsfold.pipeline.facts import tokens

Qualifier: TypeAlias = tuple[str, str]
"""Kind and word."""

_CLASSES = {
    "month": "january february april june july august september october november december",
    "quarter": "q-1 q-2 q-3 q-4 first-quarter second-quarter third-quarter fourth-quarter",
    "place": """alabama alaska arizona arkansas california colorado connecticut delaware florida
    georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland
    massachusetts michigan minnesota mississippi missouri montana nebraska nevada new-hampshire
    new-jersey new-mexico new-york north-carolina north-dakota ohio oklahoma oregon pennsylvania
    rhode-island south-carolina south-dakota tennessee texas utah vermont virginia west-virginia
    wisconsin wyoming afghanistan albania algeria angola argentina armenia australia austria
    azerbaijan bangladesh belarus belgium bolivia bosnia botswana brazil bulgaria burundi cambodia
    cameroon canada chile colombia congo croatia cuba cyprus denmark ecuador egypt estonia ethiopia
    fiji finland france germany ghana greece guatemala guinea haiti honduras hungary iceland
    indonesia iraq ireland israel italy jamaica japan kazakhstan kenya kosovo kuwait kyrgyzstan laos
    latvia lebanon liberia libya lithuania luxembourg madagascar malawi malaysia mali malta moldova
    mongolia montenegro morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria
    norway oman pakistan panama paraguay peru philippines poland portugal qatar romania rwanda
    senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan
    tajikistan tanzania thailand togo tunisia turkey uganda uruguay uzbekistan venezuela vietnam
    yemen zambia zimbabwe""",
}
"""Not "may" and "march", which are verbs more often: `_SPRING` has them where they are months."""
_SAME = {
    "q-1": "first-quarter",
    "q-2": "second-quarter",
    "q-3": "third-quarter",
    "q-4": "fourth-quarter",
}
"""Two names of one thing; the words of "Q1" are "q" and "1"."""
_KIND = {word: kind for kind, listed in _CLASSES.items() for word in listed.split()}
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPRING = re.compile(r"\b(?:in|for|of|since|until|last)\s+(march|may)\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(game|match|round|week|day|stage|heat|leg|episode)\s+(\d{1,3})\b", re.IGNORECASE
)
_SCORE = re.compile(r"(?<![\w-])\d{1,3}[-–]\d{1,3}(?![\w-])")
_COUNTY = re.compile(r"\b([A-Z][a-z][\w'’]*)\s+County\b")
"""Not "LA County", which is Los Angeles County too."""
_MAGNITUDE = re.compile(
    r"\bmagnitude(?:\s+of)?[\s-]+(\d\.\d)|\b(\d\.\d)[\s-]+magnitude\b", re.IGNORECASE
)


def qualifiers(text: str) -> list[Qualifier]:
    """Those of a text, in no order; magnitudes apart."""
    words = tokens(text)
    joined = [*words, *(f"{a}-{b}" for a, b in pairwise(words))]
    return [
        *((_KIND[word], _SAME.get(word, word)) for word in joined if word in _KIND),
        *(("year", word) for word in words if _YEAR.fullmatch(word)),
        *(("month", month.lower()) for month in _SPRING.findall(text)),
        *((unit.lower(), number) for unit, number in _NUMBERED.findall(text)),
        *(("score", score) for score in _SCORE.findall(text)),
        *(("county", name.lower()) for name in _COUNTY.findall(text)),
    ]


def magnitudes(text: str) -> list[float]:
    """Of earthquakes, in order."""
    return [float(before or after) for before, after in _MAGNITUDE.findall(text)]
