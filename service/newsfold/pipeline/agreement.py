"""Whether two values as sources write them can both be right: "30" and "at least 30"."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from newsfold.pipeline.facts import calendar_days, quantities

if TYPE_CHECKING:
    from collections.abc import Hashable

    from newsfold.pipeline.facts import Quantity
    from newsfold.pipeline.tuning import ConflictTuning


def value_of(text: str) -> Hashable:
    """What has to be equal for two values to be told alike: number and bound, day, or date."""
    number = number_of(text)
    return (number, quantities(text)[0].limit) if isinstance(number, float) else number


def number_of(text: str) -> Hashable:
    """The number, whatever bounds it, as a float; else the date, or the words in lower case."""
    dates = calendar_days(text)
    if dates:
        return dates[0][0]
    found = quantities(text)
    return found[0].value if found else text.lower()


def agree(one: str, other: str, tuning: ConflictTuning) -> bool:
    """Whether they are one number, or one rounds the other or is a bound that it keeps nearly."""
    numbers = number_of(one), number_of(other)
    if numbers[0] == numbers[1]:
        return True
    if not all(isinstance(number, float) for number in numbers):
        return False
    first, second = quantities(one)[0], quantities(other)[0]
    return _covers(first, second, tuning) or _covers(second, first, tuning)


def far_apart(one: str, other: str, tuning: ConflictTuning) -> bool:
    """Whether two figures differ so much that they are hardly of one thing."""
    numbers = number_of(one), number_of(other)
    first, second = (abs(n) if isinstance(n, float) else 1.0 for n in numbers)
    return max(first, second) > tuning.far * min(first, second)


def _covers(rough: Quantity, exact: Quantity, tuning: ConflictTuning) -> bool:
    """Whether `rough` says of `exact` what is so, more loosely."""
    if exact.limit or not exact.value or not rough.value:
        return False
    times = exact.value / rough.value
    match rough.limit:
        case "at least" | "more than":
            return 1.0 <= times <= tuning.near
        case "almost" | "fewer than" | "up to" | "as many as":
            return 1.0 / tuning.near <= times <= 1.0
        case "":
            return (bool(rough.bound) and abs(times - 1.0) <= tuning.rough) or _rounds(
                rough, exact, tuning
            )
        case _:
            return False


def _rounds(rough: Quantity, exact: Quantity, tuning: ConflictTuning) -> bool:
    """Whether `exact`, rounded to the digits of `rough`, is `rough`."""
    digits = len(f"{rough.value:.15g}".replace(".", "").strip("0"))
    if digits < (1 if rough.value >= tuning.round_from else 2):
        return False
    return math.isclose(float(f"{exact.value:.{digits}g}"), rough.value)
