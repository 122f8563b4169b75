"""A corruption changes what it is named for, and leaves a sentence that no source states."""

import random
from pathlib import Path

import pytest

from tests.training.newsroom import rows
from training.verifier.corrupt import CORRUPTIONS, OTHER_STORY, WRITING, corrupt, strangers
from training.verifier.mine import mine
from training.verifier.names import swappable
from training.verifier.pairs import FAITHFUL, Pair, read_pairs, write_pairs
from training.verifier.source import Source

FERRY = "At least 30 people were injured on Tuesday when a ferry struck a wall in Port Callan."
VOTE = "The council of Wendmouth voted 12 to 3 on 4 March to rebuild the pier, Ilse Brandt said."
STRANGERS = (
    "The Casterby orchestra praised Oskar Lindqvist, who conducted seventeen concerts there.",
    "Nobody expected the harvest in Orlesk to fail, because the spring had been mild.",
)


@pytest.mark.parametrize(
    ("kind", "sentence", "possible"),
    [
        (
            "negation",
            "The harbour was not warned.",
            {"The harbour was warned."},
        ),
        (
            "negation",
            "Rusk refused to pay the fine.",
            {"Rusk agreed to pay the fine."},
        ),
        (
            "negation",
            "The pier will open in spring.",
            {"The pier will not open in spring."},
        ),
        (
            "modality",
            "The pier may open in spring.",
            {"The pier will open in spring."},
        ),
        (
            "modality",
            "Police held the alleged owner of the boat.",
            {"Police held the owner of the boat."},
        ),
        ("qualifier", FERRY, {FERRY.replace("At least 30", "30")}),
        (
            "attribution",
            "The pier was never safe, Rusk claimed.",
            {"The pier was never safe."},
        ),
        (
            "attribution",
            "Critics of the plan argue that the pier was never safe.",
            {"The pier was never safe."},
        ),
        ("opposite", "The price of bread rose again.", {"The price of bread fell again."}),
        (
            "swap",
            "Mara Telling accused Joanna Rusk of theft.",
            {"Joanna Rusk accused Mara Telling of theft."},
        ),
        (
            "figures_swapped",
            "The ferry with 40 cars sank after 12 minutes.",
            {"The ferry with 12 cars sank after 40 minutes."},
        ),
        (
            "clause_added",
            "The pier will open in spring.",
            {"The pier will open in spring, because the spring had been mild."},
        ),
    ],
)
def test_a_corruption_makes_the_sentence_false(
    kind: str, sentence: str, possible: set[str]
) -> None:
    """As named, and in no other place."""
    assert corrupt(kind, Source(sentence, [sentence], STRANGERS), "seed") in possible


@pytest.mark.parametrize("seed", [str(seed) for seed in range(12)])
@pytest.mark.parametrize(
    ("kind", "sentence"), [("number", VOTE), ("number", FERRY), ("date", VOTE), ("date", FERRY)]
)
def test_a_wrong_figure_or_date_is_in_no_source(kind: str, sentence: str, seed: str) -> None:
    """Exactly one word differs, and the evidence does not have it."""
    changed = corrupt(kind, Source(sentence, [sentence]), seed)
    assert changed is not None
    old, new = sentence.split(), changed.split()
    [different] = [b for a, b in zip(old, new, strict=True) if a != b]
    assert different not in old


@pytest.mark.parametrize("seed", [str(seed) for seed in range(20)])
def test_a_wrong_name_is_of_another_story(seed: str) -> None:
    """A word that the evidence does not have."""
    changed = corrupt("name", Source(VOTE, [VOTE], STRANGERS), seed)
    assert changed is not None
    foreign = {"Casterby", "Oskar", "Lindqvist", "Orlesk"}
    assert foreign & set(changed.replace(",", "").split())


def test_names_that_only_stand_side_by_side_are_not_swapped() -> None:
    """Their order says nothing."""
    for text in (
        "Mara Telling met Joanna Rusk on the pier.",
        "Mara Telling and Joanna Rusk were fined.",
        "Mara Telling, Joanna Rusk said, was fined.",
        "The mayor of Port Callan in Orlesk County was fined.",
    ):
        assert swappable(text) == []


def test_a_quotation_is_misquoted_in_every_way() -> None:
    """A word, a gap, the speaker, or marks around what was only reported."""
    said = "“We had no warning before the storm arrived,” Joanna Rusk said."
    told = "Mara Telling signed the order to close the pier before the storm."
    changed = {corrupt("quote", Source(said, [said, told], STRANGERS), str(s)) for s in range(30)}
    assert any(text and "Mara Telling said" in text for text in changed)
    assert any(text and len(text.split()) == len(said.split()) - 1 for text in changed)
    assert any(text and "Rusk" in text and text.count(" ") == said.count(" ") for text in changed)
    added = corrupt("quote", Source(told, [told]), "seed")
    assert added is not None
    assert added.replace("“", "").replace("”", "") == told


def test_recombined_clauses_take_subject_and_predicate_of_two_sources() -> None:
    """Both are true, and together they are not."""
    left = "The harbour master was praised for his calm after the storm."
    right = "Two fishermen were arrested at the quay on Friday."
    assert corrupt("recombined", Source(left, [left, right]), "seed") in {
        "The harbour master were arrested at the quay on Friday.",
        "Two fishermen was praised for his calm after the storm.",
    }


@pytest.mark.parametrize("kind", sorted(CORRUPTIONS))
def test_the_same_seed_gives_the_same_sentence(kind: str) -> None:
    """And a sentence without anything of the kind gives none, ever."""
    source = Source(FERRY, [FERRY, VOTE], STRANGERS)
    assert corrupt(kind, source, "a") == corrupt(kind, source, "a")
    assert corrupt(kind, Source("", [""]), "a") is None


def test_what_the_evidence_states_is_no_corruption() -> None:
    """The other half of the evidence says so."""
    source = Source("The pier was not safe.", ["The pier was safe.", "The pier was not safe."])
    assert all(corrupt("negation", source, str(seed)) is None for seed in range(10))


def test_strangers_are_of_other_stories() -> None:
    """However few there are."""
    texts = [["a"], ["b"], ["c"]]
    drawn = [strangers(texts, ["x", "x", "y"], "x", str(seed), 4) for seed in range(20)]
    assert {text for found in drawn for text in found} == {"c"}
    assert strangers([["a"]], ["x"], "x", "seed", 4) == []


def test_mined_pairs_keep_the_row_and_say_what_is_wrong(tmp_path: Path) -> None:
    """One true pair a row; every other one has a kind and differs; headlines are left out."""
    used = [row for row in rows() if row.task != "headline"]
    pairs = list(mine(rows(), 7))
    assert pairs == list(mine(rows(), 7))
    true = [pair for pair in pairs if pair.supported and pair.sentence not in pair.evidence]
    assert [(p.evidence, p.sentence, p.story) for p in true] == [
        (row.inputs, row.target, row.story) for row in used
    ]
    targets = {row.target for row in used}
    for pair in pairs:
        if pair.kind == OTHER_STORY:
            assert pair.sentence in targets
        elif not pair.supported:
            assert pair.kind in {**CORRUPTIONS, **WRITING}
            assert pair.sentence not in pair.evidence
        else:
            assert pair.kind == FAITHFUL
    assert write_pairs(tmp_path / "pairs.jsonl", pairs) == len(pairs)
    assert read_pairs(tmp_path / "pairs.jsonl") == pairs


def test_a_pair_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Quotation marks and all."""
    pair = Pair(("“Nö,” she said.", "b"), "c", False, "quote", "story", "2031-02")
    write_pairs(tmp_path / "one.jsonl", [pair])
    assert read_pairs(tmp_path / "one.jsonl") == [pair]


def test_corruptions_take_linear_time() -> None:
    """A sentence without an end is no denial of service."""
    rng = random.Random(3)  # noqa: S311 - reproducible, not secret
    long = " ".join(
        rng.choice(["The", "Ab", "said", "12", "not", "“", ",", "more than"]) for _ in range(4000)
    )
    for kind in CORRUPTIONS:
        corrupt(kind, Source(long, [long], STRANGERS), "seed")


ACCIDENT = Source(
    "The driver of a red lorry was taken to the hospital after the crash near Vell.",
    ["A cyclist said the lorry was on the wrong side of the road when the brakes failed."],
)


@pytest.mark.parametrize("kind", WRITING)
def test_the_errors_of_a_writer_use_its_words_and_change_the_sentence(kind: str) -> None:
    """Every word is a source's; the same seed gives the same error."""
    made = corrupt(kind, ACCIDENT, "1")
    assert made is not None
    assert made == corrupt(kind, ACCIDENT, "1")
    assert made not in (ACCIDENT.sentence, *ACCIDENT.evidence)
    assert ACCIDENT.says(made)


def test_sentences_that_say_the_same_around_a_word_are_not_spliced_there() -> None:
    """It would be true."""
    source = Source("Two boats sank in the bay on Monday.", ["Two boats sank in the bay today."])
    assert corrupt("spliced", source, "1") is None
