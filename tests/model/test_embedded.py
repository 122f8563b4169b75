"""The shipped models: vectors, prompts, a generation, all through the scheduler."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from newsfold.model.checkpoint import find_writer
from newsfold.model.cohorts import Cohorts
from newsfold.model.device import bfloat16_pays
from newsfold.model.load import load_models
from newsfold.model.profiles import profile_for
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Claim, Stop, Strategy, Task, WriteJob
from newsfold.pipeline.sentences import split_text
from tests.unit.test_stories import FERRY, ORCHARD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsfold.model.engine import Ids, Row, WritingEngine
    from newsfold.model.load import Models
    from newsfold.pipeline.ports import Draft

LEAD = "At least 30 people were injured on Tuesday when a ferry struck a breakwater in Port Callan."
OTHER = "A ferry hit the breakwater at Port Callan on Tuesday, injuring at least 30 people."


@contextmanager
def models_in(dtype: str) -> Iterator[Models]:
    """The models, warm; they keep nothing for reuse."""
    models = load_models(
        dtype=dtype, embed_cache_entries=0, write_cache_entries=0, state_cache_mib=0
    )
    asyncio.run(models.warm_up())
    yield models
    models.close()


@pytest.fixture(scope="module")
def loaded() -> Iterator[Models]:
    """In the arithmetic that pays on this machine."""
    with models_in("auto") as models:
        yield models


@pytest.mark.parametrize("dtype", ["auto", "float32"])
def test_nothing_is_computed_in_a_thread_that_stays(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would leave a team of threads that makes the device thread's wait idly."""
    computing: list[threading.Thread] = []
    linear = torch.nn.functional.linear

    def watched(*tensors: torch.Tensor) -> torch.Tensor:
        computing.append(threading.current_thread())
        return linear(*tensors)

    monkeypatch.setattr(torch.nn.functional, "linear", watched)
    bfloat16_pays.cache_clear()
    with models_in(dtype) as models:
        own = {models.scheduler._thread}
    assert own <= set(computing)
    assert not [thread for thread in set(computing) - own if thread.is_alive()]


def test_vectors_are_unit_and_near_for_what_means_the_same(loaded: Models) -> None:
    """And far for what does not."""
    texts = [LEAD, OTHER, "The orchestra tuned its violins."]
    vectors = asyncio.run(loaded.embedder.embed(texts))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.8
    assert vectors[0] @ vectors[2] < 0.3


def test_a_vector_alone_is_the_vector_in_a_batch(loaded: Models) -> None:
    """So that a decision cannot depend on the company."""
    texts = [LEAD, OTHER * 5, "Short.", LEAD + " " + OTHER]
    together = asyncio.run(loaded.embedder.embed(texts))
    alone = np.concatenate([asyncio.run(loaded.embedder.embed([text])) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_a_verdict_alone_is_the_verdict_in_a_batch(loaded: Models) -> None:
    """And what the evidence does not say is doubted."""
    assert loaded.verifier is not None
    claims = [
        Claim("A ferry struck a breakwater in Port Callan on Tuesday.", (LEAD, OTHER)),
        Claim("A breakwater struck a ferry, injuring the mayor of Vell.", (LEAD, OTHER)),
        Claim("The orchestra tuned its violins.", (LEAD,)),
    ]
    together = asyncio.run(loaded.verifier.verify(claims))
    alone = [asyncio.run(loaded.verifier.verify([claim]))[0] for claim in claims]
    assert together == alone
    assert together[0] > max(together[1:])


def test_a_text_longer_than_the_encoder_reads_is_read_whole(loaded: Models) -> None:
    """Its end changes the vector."""
    long = "The council met again. " * 120
    ended = long + "A whale was seen in the harbour. " * 20
    vectors = asyncio.run(loaded.embedder.embed([long, ended]))
    assert vectors[0] @ vectors[1] < 0.99


def test_the_rewriter_writes_a_sentence_of_its_sources(loaded: Models) -> None:
    """In display form, every sentence of the job read."""
    job = WriteJob(Task.FUSE, ((LEAD, OTHER),), num_beams=4)
    [draft] = asyncio.run(loaded.writer.write([job]))
    assert loaded.writer.strategy is Strategy.REWRITER
    assert draft.used == ((0, 0), (0, 1))
    assert draft.stop is Stop.END
    assert "Port Callan" in draft.text


def test_a_draft_alone_is_the_draft_in_a_batch(loaded: Models) -> None:
    """The same request gives the same answer whatever else is written."""
    jobs = [
        WriteJob(Task.FUSE, ((LEAD, OTHER),), num_beams=4),
        WriteJob(Task.COMPRESS, ((LEAD,),), num_beams=4),
        WriteJob(Task.HEADLINE, ((OTHER, LEAD),), num_beams=4),
    ]
    together = asyncio.run(loaded.writer.write(jobs))
    alone = [asyncio.run(loaded.writer.write([job]))[0] for job in reversed(jobs)]
    assert [d.text for d in together] == [d.text for d in reversed(alone)]


@pytest.mark.parametrize("restricted", [False, True], ids=["any token", "allowed tokens"])
@pytest.mark.parametrize("beams", [1, 4])
def test_the_rewriter_writes_what_generate_writes(
    beams: int,
    restricted: bool,
    rewriter: Any,
) -> None:
    """In float32 token for token, all hypotheses; rows of all lengths together."""
    files = find_writer("embedded")
    sentences = (*split_text(FERRY, "en"), *split_text(ORCHARD, "en"), LEAD, OTHER)
    jobs = [
        WriteJob(task, tuple((s,) for s in sentences[i : i + size]), num_beams=beams)
        for i, (task, size) in enumerate(
            [(Task.FUSE, 3), (Task.COMPRESS, 1), (Task.HEADLINE, 2), (Task.FUSE, 2)] * 2
        )
    ]
    prompts = profile_for(files, Vocabulary(files)).prompts(jobs)
    rows = [prompt.row for prompt in prompts if prompt.row is not None]
    assert all(row.allowed is not None for row in rows)
    if not restricted:
        rows = [replace(row, allowed=None) for row in rows]
    assert len({len(row.ids) for row in rows}) >= 6
    found = written(SteppingEngine(rewriter, torch.float32), rows)
    assert found == written(Cohorts(Seq2SeqEngine(rewriter)), rows)
    assert len({row[0] for row in found}) == len(rows)
    assert {len(row) for row in found} == {beams}


@pytest.fixture(scope="module")
def rewriter() -> Any:
    """The shipped one, in float32, as transformers loads it."""
    directory = find_writer("embedded").directory
    return load_seq2seq(directory, device=torch.device("cpu"), dtype=torch.float32)


def written(engine: WritingEngine, rows: list[Row]) -> list[list[Ids]]:
    """The tokens of all hypotheses of rows that come together."""
    engine.admit(list(enumerate(rows)))
    found: dict[int, list[Ids]] = {}
    while len(found) < len(rows):
        done = engine.step(lambda _: True).finished
        found.update({key: [hypothesis.ids for hypothesis in own] for key, own in done})
    return [found[key] for key in range(len(rows))]


def test_a_passage_longer_than_the_rewriter_reads_is_not_cut(loaded: Models) -> None:
    """It says so instead."""
    [draft] = asyncio.run(
        loaded.writer.write([WriteJob(Task.COMPRESS, ((LEAD * 20,),), num_beams=1)])
    )
    assert (draft.stop, draft.text, draft.used) == (Stop.UNREADABLE, "", ())


def test_tokens_are_counted_without_the_frame(loaded: Models) -> None:
    """An empty text has none."""
    assert loaded.writer.count_tokens(["", "harbour", "harbour harbour"]) == [0, 1, 2]


def test_cancelling_a_call_leaves_the_others_their_answers(loaded: Models) -> None:
    """Their rows were in the same queue."""

    async def one_leaves() -> list[str]:
        job = WriteJob(Task.COMPRESS, ((LEAD,),), num_beams=1)
        staying = asyncio.create_task(loaded.writer.write([job]))
        leaving = asyncio.create_task(loaded.writer.write([job] * 50))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return [draft.text for draft in await asyncio.wait_for(staying, 60)]

    assert asyncio.run(one_leaves())[0]


@pytest.mark.parametrize("dtype", ["auto", "float32", "bfloat16"])
def test_a_sentence_is_written_alike_alone_and_among_others(dtype: str) -> None:
    """Rows of all lengths and tasks that come and go at different steps, and whatever computes."""
    sentences = [*split_text(FERRY, "en"), *split_text(ORCHARD, "en"), LEAD, OTHER]
    jobs = [
        WriteJob(task, tuple((s,) for s in sentences[i : i + size]), beams, target_words=words)
        for i, (task, size, beams, words) in enumerate(
            [
                (Task.FUSE, 2, 4, 20),
                (Task.COMPRESS, 1, 4, 9),
                (Task.FUSE, 3, 4, None),
                (Task.HEADLINE, 2, 4, 8),
                (Task.COMPRESS, 1, 1, None),
                (Task.FUSE, 2, 1, 30),
            ]
            * 4
        )
        if sentences[i : i + size]
    ]

    async def both(loaded: Models) -> tuple[list[Draft], list[Draft]]:
        alone = [(await loaded.writer.write([job]))[0] for job in jobs]
        separate = await asyncio.gather(*(loaded.writer.write([job]) for job in jobs))
        return alone, [draft for [draft] in separate]

    with models_in(dtype) as loaded:
        alone, together = asyncio.run(both(loaded))
    assert together == alone
    assert len({draft.text for draft in alone}) > len(jobs) / 2
