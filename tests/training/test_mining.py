"""What mining may and may not emit, on invented events."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from tests.training.newsroom import PLACES, articles, tiny_config, write_archive
from training.archive import Article, exclusions
from training.mine import mine
from training.rows import WRITTEN, Row, read_rows
from training.sentence_bank import Sentence
from training.split import Split, balanced
from training.targets import balanced_quotes, clean_headline, clean_target
from training.text import numbers, sentences, words

HELD_OUT = PLACES[2]
DEV_MONTH = "2031-05"


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows of the invented archive, one story of which is held out and one dev."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("rows")
    write_archive(data / "archive.jsonl", articles())
    (data / "compressions.jsonl").write_text(
        json.dumps(
            {
                "document": "The ferry sank on Monday, police said.",
                "summary": "The ferry sank on Monday.",
            }
        )
    )
    (data / "roundups.jsonl").write_text("")
    (data / "clusters.jsonl").write_text("")
    held_out = [article for article in articles() if HELD_OUT in article.title]
    write_archive(data / "held_out.jsonl", held_out)
    config = tiny_config()
    names = {
        "archive": "archive.jsonl",
        "compressions": "compressions.jsonl",
        "roundups": "roundups.jsonl",
        "held_out_clusters": "clusters.jsonl",
        "held_out_story": "held_out.jsonl",
    }
    settings = replace(
        config.data, folder=data, dev_months=(DEV_MONTH,), same_story_similarity=0.9, **names
    )
    loose = replace(config.mine, fusion=replace(config.mine.fusion, sober=1.0, central=1.0))
    mine(replace(config, data=settings, mine=loose), out, workers=2)
    return {split: read_rows(out / f"{split}.jsonl") for split in ("train", "dev", "restore")}


def test_mining_finds_rows_of_every_task(mined: dict[str, list[Row]]) -> None:
    """Otherwise the other tests would prove nothing."""
    assert {row.task for row in mined["train"]} == {"fuse", "headline", "compress"}
    assert any(row.kind.startswith("fuse-") for row in mined["train"])


def test_no_mined_fusion_target_has_a_name_or_number_that_no_input_has(
    mined: dict[str, list[Row]],
) -> None:
    """The rule that teaches the model not to invent."""
    names = frozenset(word.lower() for place in PLACES for word in place.split())
    for row in mined["train"] + mined["dev"]:
        if row.task != "fuse" or row.kind == WRITTEN:
            continue
        facts = Sentence(row.target, 0, 0, names).facts
        known = frozenset[str]().union(*(Sentence(s, 0, 0, names).known_facts for s in row.inputs))
        assert facts <= known, row


def test_held_out_story_is_in_no_row(mined: dict[str, list[Row]]) -> None:
    """Neither as target nor as input."""
    for row in mined["train"] + mined["dev"] + mined["restore"]:
        assert HELD_OUT not in " ".join([*row.inputs, row.target])


def test_dev_month_is_kept_apart(mined: dict[str, list[Row]]) -> None:
    """Its place is named in no training row, and in every dev row."""
    place = PLACES[4]
    assert mined["dev"]
    assert all(place in " ".join(row.inputs) for row in mined["dev"])
    trained_on = mined["train"] + mined["restore"]
    assert mined["restore"]
    assert not any(place in " ".join([*row.inputs, row.target]) for row in trained_on)


def test_sober_rows_say_what_their_first_input_says(mined: dict[str, list[Row]]) -> None:
    """Whatever stands after it."""
    sober = [row for row in mined["train"] if row.kind == "sober"]
    assert sober
    assert all(row.inputs[0] == row.target and len(row.inputs) > 1 for row in sober)


def test_excluded_articles_are_known_by_title_or_opening() -> None:
    """Case and punctuation do not matter; an empty title excludes nothing."""
    long = "The lighthouse keeper of Tibury counted nine whales before breakfast. " * 4
    excluded = exclusions([("Nine Whales, Counted!", ""), ("", long)])
    article = Article("1", "nine whales counted", "Other text.", None, "")
    assert excluded.covers(article)
    assert excluded.covers(replace(article, title="Another", text=long + "More."))
    assert not excluded.covers(replace(article, title=""))


@pytest.mark.parametrize(
    "sentence",
    [
        "“The ferry is late, said the mayor of Tibury on Monday evening.",
        "He said the ferry to Tibury would be late again on Monday.",
        "Here is what we know about the ferry that was late on Monday.",
        "The ferry in the harbour of Tibury, pictured on a Monday in May.",
        "A ferry in the fog near the harbour of Tibury on Monday.",
        "Was the ferry to Tibury late again on Monday, as many say?",
        "I think the ferry to Tibury was late again on Monday evening.",
        "Read more on the ferry that was late in Tibury on Monday.",
    ],
)
def test_dirty_sentences_are_never_targets(sentence: str) -> None:
    """Torn quotes, pronouns, teasers, captions, fragments, questions, the first person."""
    assert clean_target(sentence) is None


def test_a_leading_but_is_cut() -> None:
    """The first version opened sentences with it."""
    found = clean_target("But the council of Varnholm voted on Monday to close the bridge.")
    assert found == "The council of Varnholm voted on Monday to close the bridge."


def test_headlines_lose_the_site_and_labels_are_refused() -> None:
    """Neither is a headline of the story."""
    assert clean_headline("Varnholm Votes to Close Its Bridge | The Paper") == (
        "Varnholm Votes to Close Its Bridge"
    )
    assert clean_headline("OPINION: Varnholm should close its bridge") is None
    assert clean_headline("Why Varnholm should close its bridge") is None


def test_sentences_end_at_marks_and_not_at_abbreviations() -> None:
    """Titles, initials and quotes."""
    text = "WESTPORT (AP) — Mr. J. R. Olm met Gov. Ask in the U.S. Capitol. “He left.” It rained."
    assert sentences(text) == [
        "Mr. J. R. Olm met Gov. Ask in the U.S. Capitol.",
        "“He left.”",
        "It rained.",
    ]


def test_numbers_in_words_are_their_figures() -> None:
    """So that "twelve" supports "12"; "one" is no figure."""
    assert numbers(words("One of twelve ferries lost 1,200 crowns")) == {"12", "1200"}


def test_quotes_are_balanced_only_if_each_closes() -> None:
    """Curly and straight."""
    assert balanced_quotes('“a” and "b"')
    assert not balanced_quotes("“a")
    assert not balanced_quotes("”a“")
    assert not balanced_quotes('a"')


def test_rows_that_straddle_dev_and_train_belong_nowhere() -> None:
    """Nor do articles that are near a dev story in another month."""
    found = articles()
    near: list[list[tuple[int, float]]] = [[] for _ in found]
    near[0] = [(12, 0.8)]
    split = Split(found, near, [DEV_MONTH], 0.5)
    assert split.of(frozenset({12, 13})) == "dev"
    assert split.of(frozenset({3, 4})) == "train"
    assert split.of(frozenset({3, 12})) is None
    assert split.of(frozenset({0, 3})) is None


def test_balance_cuts_the_frequent_size_only() -> None:
    """One-to-one pairs to 1.5 times the three-to-one pairs; other rows stay."""
    kinds = ["fuse-1"] * 9 + ["fuse-2+d"] * 3 + ["fuse-3"] * 2 + ["sober"] * 5
    made = [Row("fuse", kind, ("a",), "b", str(n), "") for n, kind in enumerate(kinds)]
    found = Counter(row.kind for row in balanced(made, 1.5, seed=0))
    assert found == {"fuse-1": 3, "fuse-2+d": 3, "fuse-3": 2, "sober": 5}
