"""The stepping engine writes what `generate` writes, however its rows come and go."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import torch

from newsfold.model import stepping
from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import Allowed, Decoding, Row
from newsfold.model.load import writing_engine
from newsfold.model.seq2seq import Seq2SeqEngine
from newsfold.model.stepping import SteppingEngine
from tests.model.checkpoints import at_once, load, samples, save

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.model.engine import Hypothesis, Ids
    from newsfold.model.pool import Pool

FAMILIES = ("bart", "mbart", "pegasus", "marian", "t5", "flan_t5", "mt5")
SHAPES = ("bart", "t5", "flan_t5")
"""For what depends on the arithmetic and the search only."""
DECODINGS = {
    "greedy": Decoding(1, 12),
    "greedy, no repeats": Decoding(1, 20, min_new_tokens=6, no_repeat_ngram=2),
    "beams": Decoding(4, 12, min_new_tokens=3, no_repeat_ngram=3),
    "beams to the end": Decoding(3, 20, length_penalty=2.0, early_stopping=False),
    "short is better": Decoding(4, 20, length_penalty=-1.0, early_stopping=False),
    "forced first": Decoding(2, 9, forced_bos=11),
    "four hypotheses": Decoding(4, 15, hypotheses=4),
}
INPUTS = [
    (*torch.randint(5, 60, (n,), generator=torch.Generator().manual_seed(n)).tolist(), 2)
    for n in (3, 17, 9, 30, 9, 22)
]


MIXES = {
    "one": INPUTS[:1],
    "uneven": INPUTS,
    "equal": [INPUTS[2], INPUTS[4]],
    "many": [*INPUTS[::-1], *INPUTS, *INPUTS[3:]],
}


def everybody_waits(row: int) -> bool:
    """No row is given up."""
    return True


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small random model of each family, in float32."""
    return load(FAMILIES, tmp_path_factory.mktemp("models"))


def a_pool(engine: SteppingEngine, rows: list[tuple[int, Row]]) -> Pool:
    """Rows with their keys, before the first step."""
    [pool] = at_once(engine._pooled(rows)).values()
    return pool


def ids(results: list[tuple[Hypothesis, ...]]) -> list[list[tuple[int, ...]]]:
    """The tokens of all hypotheses: the last bits of a float32 score depend on the batch."""
    return [[hypothesis.ids for hypothesis in row] for row in results]


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
@pytest.mark.parametrize("decoding", DECODINGS.values(), ids=DECODINGS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_tokens_are_those_of_generate(
    family: str, decoding: Decoding, mix: list[Ids], models: dict[str, Any]
) -> None:
    """And whether they came to an end."""
    rows = [Row(row, decoding) for row in mix]
    expected = Seq2SeqEngine(models[family]).generate(rows, everybody_waits)
    found = SteppingEngine(models[family], torch.float32).generate(rows, everybody_waits)
    assert ids(found) == ids(expected)
    assert [row[0].ended for row in found] == [row[0].ended for row in expected]


@pytest.mark.parametrize(
    "forced",
    ["forced_eos_token_id", "forced_bos_token_id", "bad_words_ids", "renormalize_logits"],
)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_special_tokens_of_a_checkpoint_are_kept(
    family: str, forced: str, models: dict[str, Any]
) -> None:
    """Forced at either end, or never written; and what is left made to sum to one again."""
    model = models[family]
    rows = [Row(row, Decoding(4, 12, min_new_tokens=12, no_repeat_ngram=3)) for row in INPUTS]
    plain = ids(Seq2SeqEngine(model).generate(rows, everybody_waits))
    bad = [[plain[0][0][0]]]
    asked: dict[str, dict[str, Any]] = {
        "forced_eos_token_id": {"forced_eos_token_id": 2},
        "forced_bos_token_id": {"forced_bos_token_id": 7},
        "bad_words_ids": {"bad_words_ids": bad},
        "renormalize_logits": {"renormalize_logits": True, "bad_words_ids": bad},
    }
    settings = asked[forced]
    before = {name: getattr(model.generation_config, name) for name in settings}
    model.generation_config.update(**settings)
    try:
        expected = Seq2SeqEngine(model).generate(rows, everybody_waits)
        found = SteppingEngine(model, torch.float32).generate(rows, everybody_waits)
    finally:
        model.generation_config.update(**before)
    assert ids(found) == ids(expected)
    assert ids(found) != plain


def joined(engine: SteppingEngine, order: int) -> tuple[list[Row], list[tuple[Hypothesis, ...]]]:
    """Rows of all kinds that come a few at a time, while others decode, and what became of them."""
    chance = random.Random(order)  # noqa: S311
    kinds = list(DECODINGS.values())
    rows = [Row(row, kinds[i % len(kinds)]) for i, row in enumerate(INPUTS * 3)]
    left = chance.sample(list(enumerate(rows)), len(rows))
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while left or engine.live:
        together = chance.randint(0, 3)
        engine.admit(left[:together])
        del left[:together]
        for _ in range(chance.randint(1, 3)):
            found.update(engine.step(everybody_waits).finished)
    return rows, [found[key] for key in range(len(rows))]


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_may_join_while_others_decode(family: str, order: int, models: dict[str, Any]) -> None:
    """In any order, beams and limits mixed: each row is what `generate` makes of it alone."""
    rows, found = joined(SteppingEngine(models[family], torch.float32), order)
    reference = Seq2SeqEngine(models[family])
    alone = [reference.generate([row], everybody_waits)[0] for row in rows]
    assert ids(found) == ids(alone)


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_alike_alone_and_among_others_in_bfloat16(
    family: str, order: int, models: dict[str, Any]
) -> None:
    """The tokens of all hypotheses, whoever else decodes; `generate` does not promise as much."""
    engine = SteppingEngine(models[family], torch.bfloat16)
    rows, found = joined(engine, order)
    alone = [engine.generate([row], everybody_waits)[0] for row in rows]
    assert ids(found) == ids(alone)


@pytest.mark.parametrize("family", SHAPES)
def test_a_dropped_row_leaves_at_once_and_its_neighbours_do_not_notice(
    family: str, models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tokens are counted as wasted."""
    monkeypatch.setattr(stepping, "_READING_S", math.inf)  # all are read before the first step
    engine = SteppingEngine(models[family], torch.float32)
    rows = [Row(row, DECODINGS["beams to the end"]) for row in INPUTS]
    expected = engine.generate(rows, everybody_waits)
    engine.admit(list(enumerate(rows)))
    found = dict(engine.step(everybody_waits).finished)
    found.update(engine.step(everybody_waits).finished)
    step = engine.step(lambda key: key not in {0, 3})
    assert step.dropped == [0, 3]
    assert step.wasted == 2 * 2
    found.update(step.finished)
    while engine.live:
        found.update(engine.step(everybody_waits).finished)
    assert set(found) == {1, 2, 4, 5}
    assert all(found[key] == expected[key] for key in found)


@pytest.mark.parametrize("family", SHAPES)
def test_rows_are_read_in_pieces_between_the_steps_of_others(
    family: str, models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that leaves meanwhile costs no more than that; if all do, nothing is read on."""
    monkeypatch.setattr(stepping, "_READING_S", 0.0)  # a piece before each step
    engine = SteppingEngine(models[family], torch.float32)
    rows = [Row(row, Decoding(2, 20, min_new_tokens=18)) for row in INPUTS]
    expected = engine.generate(rows, everybody_waits)
    engine.admit([(0, rows[0])])
    while not engine._pools:
        assert not engine.step(everybody_waits).finished
    engine.admit(list(enumerate(rows))[1:4])
    engine.admit(list(enumerate(rows))[4:])
    engine.step(everybody_waits)
    step = engine.step(lambda key: key not in {2, 4, 5})
    assert (step.dropped, step.wasted) == ([2, 4, 5], 0)
    assert len(engine._arriving) == 1
    assert engine._pools[2].keys == [0]
    assert int(engine._pools[2]._search.steps[0]) == 3
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while engine.live:
        step = engine.step(lambda key: key not in {2, 4, 5})
        assert not step.dropped
        found.update(step.finished)
    assert found.keys() == {0, 1, 3}
    assert ids([found[key] for key in (0, 1, 3)]) == ids([expected[key] for key in (0, 1, 3)])


@pytest.mark.parametrize("family", SHAPES)
def test_each_step_tells_the_tokens_it_wrote(family: str, models: dict[str, Any]) -> None:
    """Of the best beams; the end is a token too."""
    engine = SteppingEngine(models[family], torch.float32)
    rows = [Row(row, Decoding(1, 12)) for row in INPUTS[:3]]
    rows += [Row(row, Decoding(3, 7, min_new_tokens=7)) for row in INPUTS[3:]]
    engine.admit(list(enumerate(rows)))
    written: Counter[int] = Counter()
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while engine.live:
        step = engine.step(everybody_waits)
        written[step.beams] += step.tokens
        found.update(step.finished)
    greedy = [found[key][0] for key in range(3)]
    assert written[1] == sum(len(best.ids) + best.ended for best in greedy)
    assert written[3] == 7 * 3


def may_follow(allowed: Allowed, pair: tuple[int, int]) -> bool:
    """Whether the second token may stand after the first."""
    last, token = pair
    return token in allowed.inside.get(last, ()) or (
        token in allowed.tokens and last not in allowed.halves
    )


@pytest.mark.parametrize("kind", ["greedy", "greedy, no repeats", "beams", "beams to the end"])
@pytest.mark.parametrize("family", SHAPES)
def test_a_row_writes_only_what_it_is_allowed(
    family: str, kind: str, models: dict[str, Any]
) -> None:
    """As `generate` does with the same restriction, alone and beside rows that allow more."""
    allowed = (
        Allowed(tuple(range(20, 40))),
        Allowed((8, 9, 30, 31, 33), {30: (6,), 6: (7, 10), 31: (7,)}, frozenset({6, 30})),
        None,
    )
    rows = [
        Row(row, DECODINGS[kind], allowed=allowed[i % len(allowed)]) for i, row in enumerate(INPUTS)
    ]
    engine = SteppingEngine(models[family], torch.float32)
    together = ids(engine.generate(rows, everybody_waits))
    assert together == ids([engine.generate([row], everybody_waits)[0] for row in rows])
    assert together == ids(Seq2SeqEngine(models[family]).generate(rows, everybody_waits))
    for row, [written, *_] in zip(rows, together, strict=True):
        if row.allowed is not None:
            assert all(may_follow(row.allowed, pair) for pair in pairwise((-1, *written)))


@pytest.mark.parametrize("family", SHAPES)
def test_a_forced_token_is_written_allowed_or_not(family: str, models: dict[str, Any]) -> None:
    """By our loop and by `generate`; what follows is what is allowed."""
    allowed = Allowed(tuple(range(20, 40)))
    rows = [Row(row, DECODINGS["forced first"], allowed=allowed) for row in INPUTS]
    found = ids(SteppingEngine(models[family], torch.float32).generate(rows, everybody_waits))
    assert found == ids(Seq2SeqEngine(models[family]).generate(rows, everybody_waits))
    for [[first, *others]] in found:
        assert first == 11
        assert set(others) <= set(allowed.tokens)


@pytest.mark.parametrize("beams", [1, 4])
def test_a_row_that_can_only_repeat_itself_has_a_hypothesis(
    beams: int, models: dict[str, Any]
) -> None:
    """Halves of words that go on in one way only, and no repeats: nothing would be left."""
    circle = Allowed((30,), {30: (31,), 31: (32,), 32: (30,)}, frozenset({30, 31, 32}))
    decoding = Decoding(beams, 12, no_repeat_ngram=2)
    rows = [Row(row, decoding, allowed=circle) for row in INPUTS]
    engines = (SteppingEngine(models["bart"], torch.float32), Seq2SeqEngine(models["bart"]))
    for engine in engines:
        found = ids(engine.generate(rows, everybody_waits))
        assert all(written in ((), (30, 31, 32) * 4) for [written] in found)


def test_an_unwanted_row_is_not_decoded(models: dict[str, Any]) -> None:
    """The others are."""
    engine = SteppingEngine(models["bart"], torch.float32)
    rows = [Row(row, replace(DECODINGS["beams"], min_new_tokens=9)) for row in INPUTS[:2]]
    first, second = engine.generate(rows, lambda i: i == 1)
    assert first == ()
    assert len(second[0].ids) >= 9


@pytest.mark.parametrize(
    ("family", "kind"), [("mbart", SteppingEngine), ("mt5", SteppingEngine), ("led", Cohorts)]
)
def test_an_architecture_without_a_decoder_of_ours_goes_through_generate(
    family: str, kind: type, tmp_path: Path
) -> None:
    """In cohorts."""
    directory = save(samples()[family], tmp_path)
    engine = writing_engine(directory, device=torch.device("cpu"), dtype=torch.float32)
    assert isinstance(engine, kind)


def test_a_row_that_is_done_may_have_written_what_no_other_may(models: dict[str, Any]) -> None:
    """Its place is computed on until another takes it, over columns that are not its own."""
    repeats = Decoding(2, 30, min_new_tokens=30, no_repeat_ngram=2)
    short = replace(repeats, max_new_tokens=6, min_new_tokens=6)
    engine = SteppingEngine(models["bart"], torch.float32)
    own, others = Allowed(tuple(range(56, 60))), Allowed(tuple(range(20, 40)))
    rows = [Row(INPUTS[0], short, allowed=own) for _ in range(2)]
    rows += [Row(INPUTS[i % 6], repeats, allowed=others) for i in range(8)]
    alone = [engine.generate([row], everybody_waits)[0] for row in (*rows, rows[-1])]
    engine.admit(list(enumerate(rows)))
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while len(found) < 2:
        found.update(engine.step(everybody_waits).finished)
    engine.admit([(len(rows), rows[-1])])
    while engine.live:
        found.update(engine.step(everybody_waits).finished)
    assert ids([found[key] for key in range(len(alone))]) == ids(alone)


def test_a_place_is_clean_for_the_row_that_takes_it(models: dict[str, Any]) -> None:
    """Even after one whose arithmetic overflowed."""
    rows = [Row(INPUTS[i], Decoding(2, 20, min_new_tokens=18)) for i in (1, 3, 5, 0)]
    engine = SteppingEngine(models["bart"], torch.float32)
    [expected] = engine.generate([rows[3]], everybody_waits)
    pool = a_pool(engine, list(enumerate(rows[:3])))
    with torch.inference_mode():
        for _ in range(17):  # beyond the first chunk of places
            pool.step()
        pool.drop([1])
        shelves = {shelf.rows.index(1): shelf for shelf in pool._memory.shelves if 1 in shelf.rows}
        [(place, shelf)] = shelves.items()
        for values, spoiled in ((shelf.values, place), (pool._past.values, 1)):
            for tensor in values:
                tensor[spoiled] = torch.nan
        pool = pool.joined(a_pool(engine, [(3, rows[3])]))
        found: dict[int, tuple[Hypothesis, ...]] = {}
        while 3 not in found:
            found.update(pool.step())
    assert ids([found[3]]) == ids([expected])
