"""What the coverage benchmark does to its gold sets, its peers and its plans."""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from benchmarks.clustering import leaves, mean, peers, score
from benchmarks.corpora import date_of, split_document
from benchmarks.gold import GoldSet, densest
from benchmarks.languages import best_row
from benchmarks.layers import shared_out
from benchmarks.passed_over import passed_over
from benchmarks.reprints import cut, edited, sources, unchanged
from benchmarks.scale import Cost
from benchmarks.stories import Setting, judge
from newsfold.pipeline.bcubed import Agreement
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import (
    Article,
    CleanArticle,
    OverlapGroup,
    Sentence,
    Stage,
)

FERRY = (
    "The ferry between Skelby and Orm island stopped on Monday after its rudder broke. "
    "Some two hundred passengers spent the night in the school of Orm. "
    "The harbour master of Skelby said that a tug would bring the ship back on Tuesday. "
    "A second ferry from Tarnholm will serve the island until the rudder is mended. "
)
MUSEUM = (
    "The museum of glass at Lindfall opened its new wing to visitors on Saturday. "
    "It shows four hundred bottles that a collector from Varde left to the town. "
    "Entrance costs nothing in the first month, the director Ada Holm told reporters. "
    "The wing took three years to build and was paid for by a lottery. "
)


@pytest.mark.parametrize("end", ["\n\n", "\n", "\r", " \r \r", "\n \n"])
def test_a_title_ends_at_the_first_line_break(end: str) -> None:
    """Whatever the break is, the text below the title is kept whole."""
    title, text = split_document(f"Ferry stops{end}It broke.\n\nNobody was hurt.\n")
    assert (title, text) == ("Ferry stops", "It broke.\n\nNobody was hurt.")


def test_a_document_of_one_line_is_its_own_text() -> None:
    """Nothing is lost where there is no title."""
    assert split_document("Ferry stops at Orm") == ("Ferry stops at Orm", "Ferry stops at Orm")


def test_a_date_without_a_zone_is_utc_and_none_stays_none() -> None:
    """So that dates can be compared."""
    assert date_of("2019-03-04") == dt.datetime(2019, 3, 4, tzinfo=dt.UTC)
    assert date_of(None) is None


def test_windows_hold_one_topic_and_each_story_once() -> None:
    """The densest comes first, and two stories are no window."""
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    placed = [
        *(("ports", start + dt.timedelta(days=5 * i), f"p{i}") for i in range(5)),
        *(("glass", start + dt.timedelta(days=10 * i), f"g{i}") for i in range(3)),
        *(("rain", start, f"r{i}") for i in range(2)),
    ]
    assert densest(placed) == [["p0", "p1", "p2", "p3", "p4"], ["g0", "g1", "g2"]]


def test_a_rejected_article_is_a_story_of_its_own_and_counted() -> None:
    """It lowers recall as any article that finds no company does."""
    gold = _gold([FERRY, FERRY, "Read more"], ["ferry", "ferry", "ferry"])
    assert gold.rejected == 1
    labels = gold.labels(Tuning().stories)
    assert labels[0] == labels[1] != labels[2]
    (at_top,) = gold.labels_at([2.0], Tuning().stories)
    assert at_top[0] == at_top[1] != at_top[2]
    assert score(labels, gold.gold).recall == pytest.approx(5 / 9)


def test_part_of_a_set_keeps_what_belongs_together() -> None:
    """Rows of vectors, labels and texts go with their articles."""
    gold = _gold([FERRY, MUSEUM, "Read more"], ["ferry", "museum", "page"])
    part = gold.of_stories(["museum", "page"])
    assert part.gold == ["museum", "page"]
    assert part.rejected == 1
    assert part.openings == gold.openings[1:]
    assert np.array_equal(part.vectors, gold.vectors[1:])


def test_peers_find_two_plain_stories() -> None:
    """Each at its best setting, which the plainest case allows all of them."""
    gold = _gold([FERRY] * 3 + [MUSEUM] * 3, ["ferry"] * 3 + ["museum"] * 3)
    for name, (scores,) in peers([gold], each=True):
        assert scores.f1 == 1.0, name


def test_a_peer_is_never_better_with_one_setting_for_all_parts() -> None:
    """`each` is the advantage."""
    parts = [
        _gold([FERRY, FERRY + MUSEUM, MUSEUM], ["a", "a", "b"]),
        _gold([FERRY, FERRY + MUSEUM, MUSEUM], ["a", "b", "b"]),
    ]
    one = {name: mean(found).f1 for name, found in peers(parts, each=False)}
    each = {name: mean(found).f1 for name, found in peers(parts, each=True)}
    assert all(each[name] >= one[name] for name in one)


def test_leaves_at_no_distance_are_those_of_the_library() -> None:
    """And a larger distance never makes more of them."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=3) * 3 + rng.normal(size=(20, 3)) for _ in range(6)])
    model = HDBSCAN(min_cluster_size=3, min_samples=2, cluster_selection_method="leaf", copy=True)
    tree = model.fit(points)._single_linkage_tree_
    found = leaves(tree, 3, 0.0)
    assert [label < 0 for label in found] == [label < 0 for label in model.labels_]
    assert score(found, model.labels_.tolist()).f1 == 1.0
    counts = [len(set(leaves(tree, 3, epsilon))) for epsilon in (0.0, 0.5, 1.0, 2.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_a_setting_says_how_many_articles_were_rejected() -> None:
    """One row for it, and a goal for Newsfold alone."""
    gold = _gold([FERRY, FERRY, MUSEUM, "Read more"], ["ferry", "ferry", "museum", "page"])
    found = judge(Setting("invented", [gold]))
    (rejected,) = [row.value for row in found if row.metric == "articles rejected"]
    assert rejected == 1
    assert {row.system for row in found if row.goal is not None} == {"newsfold"}
    assert found[0].setting == "invented (4 articles, 3 stories)"


def test_the_height_chosen_is_the_middle_of_the_best() -> None:
    """By the mean over the languages."""
    curves = {
        "one": [Agreement(0.5, 0.5), Agreement(1, 1), Agreement(1, 1), Agreement(1, 1)],
        "two": [Agreement(1, 1), Agreement(1, 1), Agreement(1, 1), Agreement(1, 1)],
    }
    assert best_row(curves, ["one", "two"], 0.5) == 2


def test_the_weight_of_a_view_left_out_is_shared_out() -> None:
    """The sum stays what it was."""
    tuning = Tuning().stories
    found = shared_out(tuning, ("title_weight", "told_weight"))
    assert found["title_weight"] == found["told_weight"] == 0.0
    whole = sum(getattr(tuning, name) for name in found)
    assert sum(found.values()) == pytest.approx(whole)


def test_reprints_change_as_much_as_they_say() -> None:
    """The same words, one in 20 another, and the first 60%."""
    body = "\n".join(FERRY.split(". ") + MUSEUM.split(". ")) * 3
    words = body.split()
    assert unchanged(body, _rng()).split() == words
    changed = edited(body, _rng()).split()
    assert len(changed) == len(words)
    assert sum(a != b for a, b in zip(changed, words, strict=True)) == len(words) // 20
    assert edited(body, _rng()) == edited(body, _rng())
    kept = cut(body, _rng()).split()
    assert kept == words[: round(0.6 * len(words))]


def test_a_reprint_is_no_source_and_another_report_is_one() -> None:
    """Counted as the service counts it."""
    articles = [_read(i, body) for i, body in enumerate((FERRY, MUSEUM, re.sub(" ", "  ", FERRY)))]
    assert sources(articles, Tuning().stories) == 2


def test_other_stages_are_told_as_a_share_of_embedding() -> None:
    """In percent, without the embedding itself."""
    cost = Cost(10, {Stage.CLEAN: 1.0, Stage.EMBED: 20.0, Stage.OVERLAP: 3.0}, 1.0, 2.0)
    assert cost.beside_embedding == 20.0


def test_a_group_of_two_sources_is_passed_over_for_an_equally_central_one() -> None:
    """With room where the other was taken, and told by nothing before."""
    articles = [_read(0, MUSEUM), _read(1, FERRY), _read(2, FERRY)]
    alone = _group([articles[0].sentences[0]], 0.5003, 0)
    shared = _group([articles[1].sentences[3], articles[2].sentences[3]], 0.5, 1)
    words = len(shared.sentences[0].text.split())
    tuning = Tuning().select
    assert passed_over([alone], [shared], words, tuning) == 1
    assert passed_over([alone, shared], [shared], 2 * words, tuning) == 1
    assert passed_over([shared, alone], [shared], 2 * words, tuning) == 0
    assert passed_over([alone], [shared], words - 1, tuning) == 0
    assert passed_over([replace(alone, centrality=0.52)], [shared], words, tuning) == 0
    # What repeats a sentence planned before has nothing to add.
    repeated = _group([articles[1].sentences[3]], 0.9, 1)
    assert passed_over([repeated, alone], [shared], 3 * words, tuning) == 0


def _group(sentences: list[Sentence], centrality: float, axis: int) -> OverlapGroup:
    vector = np.eye(2, dtype=np.float32)[axis]
    return OverlapGroup(tuple(sentences), len({s.article for s in sentences}), centrality, vector)


def _rng() -> random.Random:
    return random.Random(0)  # noqa: S311 - no secret


def _read(index: int, body: str, title: str = "") -> CleanArticle:
    read = prepare(Article(f"a{index}", title, body), index, Tuning().clean)
    assert isinstance(read, CleanArticle)
    return read


def _gold(bodies: list[str], stories: list[str]) -> GoldSet:
    """A set whose vectors are those of the words that its articles have."""
    prepared = [
        prepare(Article(f"a{i}", "", body), i, Tuning().clean) for i, body in enumerate(bodies)
    ]
    vocabulary = sorted({word for body in bodies for word in body.split()})
    counts = np.array(
        [[body.split().count(word) for word in vocabulary] for body in bodies], dtype=np.float32
    )
    vectors = counts / np.linalg.norm(counts, axis=1, keepdims=True)
    return GoldSet(
        read=[article if isinstance(article, CleanArticle) else None for article in prepared],
        gold=stories,
        languages=[""] * len(bodies),
        openings=bodies,
        texts=bodies,
        vectors=vectors,
        titles=vectors,
        cohort=None,
    )
