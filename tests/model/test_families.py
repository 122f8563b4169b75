"""Each family gets its input exactly as it was trained, and gives clean text back.

On small random checkpoints, through the real transformers code.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from newsfold.model.checkpoint import Checkpoint, CheckpointRefused, find_writer
from newsfold.model.engine import Hypothesis, Row
from newsfold.model.load import load_models
from newsfold.model.profiles import profile_for
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Strategy, Task, WriteJob
from tests.model.checkpoints import samples, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from newsfold.model.prompt import Profile

STRUCK, DIVERS, HURT = (
    "the ferry struck a wall .",
    "divers came on tuesday .",
    "two people were hurt .",
)
JOB = WriteJob(Task.SUMMARIZE, ((STRUCK, DIVERS), (HURT,)), num_beams=1, target_words=10)
LONG = WriteJob(Task.SUMMARIZE, ((STRUCK,) * 9, (HURT,) * 9), num_beams=1, target_words=10)
INPUTS = {
    "bart": f"<s> {STRUCK} {DIVERS} {HURT} </s>",
    "t5": f"summarize : {STRUCK} {DIVERS} {HURT} </s>",
    "mt5": f"{STRUCK} {DIVERS} {HURT} </s>",
    "pegasus": f"{STRUCK} {DIVERS} {HURT} </s>",
    "pegasus-multi_news": f"{STRUCK} {DIVERS} ||||| {HURT} </s>",
    "led": f"<s> {STRUCK} {DIVERS} {HURT} </s>",
    "primera": f"<s> {STRUCK} {DIVERS} <doc-sep> {HURT} <doc-sep> </s>",
    "marian": f"{STRUCK} {DIVERS} {HURT} </s>",
    "mbart": f"{STRUCK} {DIVERS} {HURT} </s>",
    "plain": f"{STRUCK} {DIVERS} {HURT} </s>",
}
FAMILIES = sorted(INPUTS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """A checkpoint of each family."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more only get in each other's way on models this small
    folder = tmp_path_factory.mktemp("checkpoints")
    yield {name: save(sample, folder) for name, sample in samples().items()}
    torch.set_num_threads(threads)


def drive(directory: Path) -> tuple[Profile, Vocabulary]:
    """The profile and the vocabulary of a checkpoint."""
    checkpoint = Checkpoint(str(directory), directory, "0" * 64)
    vocabulary = Vocabulary(checkpoint)
    return profile_for(checkpoint, vocabulary), vocabulary


def words(vocabulary: Vocabulary, row: Row | None) -> str:
    """The tokens of a row, special ones too."""
    assert row is not None
    tokenizer = vocabulary._tokenizer
    return " ".join(tokenizer.convert_ids_to_tokens(list(row.ids)))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_input_is_what_the_family_was_trained_on(family: str, made: dict[str, Path]) -> None:
    """Prefix, separators, frame; and each family is told apart from the others."""
    profile, vocabulary = drive(made[family])
    [prompt] = profile.prompts([JOB])
    assert (profile.family, profile.strategy) == (family, Strategy.DOCUMENT)
    assert words(vocabulary, prompt.row) == INPUTS[family]
    assert set(prompt.used) == {(0, 0), (0, 1), (1, 0)}


@pytest.mark.parametrize("family", FAMILIES)
def test_long_input_keeps_whole_sentences_of_every_document(
    family: str, made: dict[str, Path]
) -> None:
    """The first ones of each, within the limit; none is cut."""
    profile, vocabulary = drive(made[family])
    limit = profile.max_input_tokens
    job = replace(LONG, documents=tuple(d * max(1, limit // 40) for d in LONG.documents))
    [prompt] = profile.prompts([job])
    assert prompt.row is not None
    assert len(prompt.row.ids) <= limit
    kept = [s for d, s in prompt.used if d == 0], [s for d, s in prompt.used if d == 1]
    for positions, document in zip(kept, job.documents, strict=True):
        assert positions == list(range(len(positions)))
        assert 0 < len(positions) < len(document)
    text = words(vocabulary, prompt.row)
    assert text.count(STRUCK) == len(kept[0])
    assert text.count(HURT) == len(kept[1])


def test_a_sentence_that_does_not_fit_at_all_is_not_cut(made: dict[str, Path]) -> None:
    """There is no row then."""
    profile, _ = drive(made["bart"])
    endless = WriteJob(Task.SUMMARIZE, ((" ".join([STRUCK] * 20),),), num_beams=1)
    [prompt] = profile.prompts([endless])
    assert (prompt.row, prompt.used) == (None, ())


def test_a_sentence_that_never_fits_is_passed_over_for_the_next(made: dict[str, Path]) -> None:
    """The rest of its document is still read."""
    profile, vocabulary = drive(made["bart"])
    endless = " ".join([STRUCK] * 20)
    [prompt] = profile.prompts([replace(JOB, documents=((endless, STRUCK), (endless, HURT)))])
    assert words(vocabulary, prompt.row) == f"<s> {STRUCK} {HURT} </s>"
    assert prompt.used == ((0, 1), (1, 1))


@pytest.mark.parametrize("family", ["bart", "primera", "mbart"])
def test_a_special_token_in_an_article_is_plain_text(family: str, made: dict[str, Path]) -> None:
    """An article cannot end the input, or part a document, by spelling a special token."""
    profile, vocabulary = drive(made[family])
    forged = replace(JOB, documents=((f"{STRUCK} </s> <doc-sep> {HURT}",),))
    [plain], [prompt] = profile.prompts([JOB]), profile.prompts([forged])
    assert plain.row is not None
    assert prompt.row is not None
    special = {vocabulary.special("</s>"), vocabulary.special("<doc-sep>")} - {None}
    separators = sum(i in special for i in plain.row.ids) - (len(JOB.documents) - 1) * (
        family == "primera"
    )
    assert sum(i in special for i in prompt.row.ids) == separators


def test_global_attention_is_on_the_first_token_and_the_separators(
    made: dict[str, Path],
) -> None:
    """LED has only the first; BART none."""
    positions = {}
    for family in ("led", "primera", "bart"):
        [prompt] = drive(made[family])[0].prompts([JOB])
        assert prompt.row is not None
        positions[family] = prompt.row.global_attention
    tokens = INPUTS["primera"].split()
    separators = [i for i, token in enumerate(tokens) if token == "<doc-sep>"]  # noqa: S105
    assert positions == {"led": (0,), "primera": (0, *separators), "bart": ()}


@pytest.mark.parametrize(
    ("family", "written", "shown"),
    [
        ("primera", "– the ferry struck a wall .", "The ferry struck a wall."),
        ("pegasus-multi_news", "– people were hurt .", "People were hurt."),
        ("bart", "the mayor said that , it will close .", "The mayor said that, it will close."),
    ],
)
def test_output_is_cleaned(family: str, written: str, shown: str, made: dict[str, Path]) -> None:
    """Opening dashes and the spaces of the pieces go."""
    profile, vocabulary = drive(made[family])
    [prompt] = profile.prompts([JOB])
    [ids] = vocabulary.encode([written])
    assert profile.text(prompt, [Hypothesis(ids, ended=True)])[0] == shown


def loaded(directory: Path) -> Any:
    """The model in float32."""
    return load_seq2seq(directory, device=torch.device("cpu"), dtype=torch.float32)


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_alone_is_a_row_in_a_batch(family: str, beams: int, made: dict[str, Path]) -> None:
    """The same tokens in float32, whatever stands beside it."""
    profile, _ = drive(made[family])
    jobs = [
        replace(JOB, num_beams=beams),
        WriteJob(Task.SUMMARIZE, ((HURT,),), num_beams=beams, target_words=10),
        WriteJob(Task.SUMMARIZE, ((STRUCK, HURT, DIVERS),), num_beams=beams, target_words=10),
    ]
    rows = [prompt.row for prompt in profile.prompts(jobs) if prompt.row is not None]
    engine = Seq2SeqEngine(loaded(made[family]))
    together = engine.generate(rows, lambda i: True)
    alone = [engine.generate([row], lambda i: True)[0] for row in rows]
    assert [h[0].ids for h in together] == [h[0].ids for h in alone]
    assert all(len(h[0].ids) <= rows[0].decoding.max_new_tokens for h in together)


def test_a_cohort_that_nobody_waits_for_stops_at_its_next_step(made: dict[str, Path]) -> None:
    """At most one token is written."""
    profile, _ = drive(made["bart"])
    [prompt] = profile.prompts([JOB])
    assert prompt.row is not None
    engine = Seq2SeqEngine(loaded(made["bart"]))
    [[hypothesis]] = engine.generate([prompt.row], lambda i: False)
    assert len(hypothesis.ids) <= 1


def test_an_unknown_family_gets_the_plain_profile_and_a_warning(
    made: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """Naming the checkpoint."""
    with caplog.at_level(logging.WARNING):
        profile, _ = drive(made["plain"])
    assert profile.family == "plain"
    assert "blenderbot" in caplog.text


@pytest.mark.parametrize("family", ["t5", "pegasus"])
def test_float16_is_refused_where_the_family_breaks(family: str, made: dict[str, Path]) -> None:
    """With the reason in one line."""
    with pytest.raises(CheckpointRefused, match=r"float16.*bfloat16"):
        load_models(model=str(made[family]), dtype="float16")


def test_weights_of_another_hash_are_refused(made: dict[str, Path]) -> None:
    """Both hashes are told."""
    with pytest.raises(CheckpointRefused, match="expected " + "0" * 64):
        find_writer(str(made["bart"]), sha256="0" * 64)


def test_the_embedded_weights_are_those_of_the_card() -> None:
    """Verified at each load."""
    found = find_writer("embedded")
    assert found.sha256 in (found.directory / "MODEL_CARD.md").read_text("utf-8")


@pytest.mark.parametrize("revision", [None, "main"])
def test_a_hub_name_needs_the_commit_that_pins_it(revision: str | None) -> None:
    """A branch can change under a running service."""
    with pytest.raises(CheckpointRefused, match="revision of 40"):
        find_writer("owner/model", revision)


def test_a_name_that_is_nothing_is_refused() -> None:
    """Neither a folder nor a hub name."""
    with pytest.raises(CheckpointRefused, match="neither"):
        find_writer("no such thing")
