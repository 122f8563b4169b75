"""What words state."""

import pytest

from newsfold.pipeline.facts import content_words, names, quantities, quotations, stem, tokens


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("three ships", (3.0, "", False)),
        ("1,000 homes", (1000.0, "", False)),
        ("$1.5bn", (1.5e9, "$", False)),
        ("1.5 billion dollars", (1.5e9, "$", False)),
        ("£1.2m", (1.2e6, "£", False)),
        ("forty-three percent", (43.0, "", True)),
        ("43%", (43.0, "", True)),
        ("two hundred and six men", (206.0, "", False)),
        ("the 34th minute", (34.0, "", False)),
        ("a dozen", (12.0, "", False)),
    ],
)
def test_a_number_has_one_value_however_it_is_written(
    text: str, key: tuple[float, str, bool]
) -> None:
    """Digits, words, units and signs."""
    [quantity] = quantities(text)
    assert quantity.key == key


def test_a_quantity_knows_its_bound_and_what_it_counts() -> None:
    """ "at least" and "people"."""
    [quantity] = quantities("At least 30 people were injured.")
    assert (quantity.bound, quantity.counted, quantity.text) == (
        "at least",
        stem("people"),
        "At least 30",
    )


def test_a_bound_that_only_rounds_is_no_limit() -> None:
    """About 30 is 30; more than 30 is not."""
    assert [quantities(t)[0].limit for t in ("about 30", "more than 30")] == ["", "more than"]


def test_the_pronoun_one_is_no_figure() -> None:
    """But one million is."""
    assert quantities("one of them left") == ()
    assert quantities("one million left")[0].value == 1e6


def test_inflections_share_a_stem() -> None:
    """Plural, past, participle."""
    assert len({stem(word) for word in ("kill", "kills", "killed", "killing")}) == 1
    assert len({stem(word) for word in ("injure", "injured", "injuring")}) == 1


def test_possessives_and_abbreviations_are_plain_words() -> None:
    """As a reader hears them."""
    assert tokens("The U.S. mayor’s car") == ("the", "us", "mayor", "car")


def test_function_words_carry_no_content() -> None:
    """Only ship and harbour do."""
    assert content_words("The ship was in the harbour") == (stem("ship"), stem("harbour"))


def test_names_are_runs_of_capitals_without_the_sentence_opener() -> None:
    """ "The" is no part of a name, and a lone first word may be none."""
    assert names("The mayor of Port Callan met Joanna Rusk.") == ("Port Callan", "Joanna Rusk")


def test_quotations_stand_between_marks() -> None:
    """Curly or straight."""
    assert quotations('“We won,” he said. "Go home."') == ("We won,", "Go home.")
