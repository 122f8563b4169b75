"""The rewriter's prompts are those of its training, for each version of its format."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from newsfold.model.checkpoint import Checkpoint, CheckpointRefused, find_writer
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Task, WriteJob

if TYPE_CHECKING:
    from pathlib import Path

CLS, SEP = 101, 102
FIRST, SECOND, THIRD = "The ferry sank.", "Divers found the wreck.", "Two were hurt."
NEXT_VERSION = {
    "family": "rewriter",
    "task_tags": {"fuse": 2, "headline": 3, "compress": 4},
    "length_tags": {"short": 5, "normal": 6, "long": 7},
    "length_bounds": {"fuse": [15, 22], "headline": [9, 11], "compress": [8, 11]},
    "max_sentences": 6,
    "max_input_tokens": 192,
}


@pytest.fixture(scope="module")
def shipped() -> Checkpoint:
    """The checkpoint in the package."""
    return find_writer("embedded")


@pytest.fixture(scope="module")
def vocabulary(shipped: Checkpoint) -> Vocabulary:
    """Its tokenizer."""
    return Vocabulary(shipped)


def with_section(shipped: Checkpoint, folder: Path, section: dict[str, object]) -> Checkpoint:
    """A checkpoint whose config.json has this newsfold section."""
    for file in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy(shipped.directory / file, folder)
    config = shipped.read_json("config.json") | {"newsfold": section}
    (folder / "config.json").write_text(json.dumps(config))
    return Checkpoint("made", folder, "0" * 64)


def input_ids(profile: RewriterProfile, job: WriteJob) -> tuple[int, ...]:
    """The ids of one job's row."""
    [prompt] = profile.prompts([job])
    assert prompt.row is not None
    return prompt.row.ids


@pytest.mark.parametrize(("task", "tag"), [(Task.FUSE, 2), (Task.HEADLINE, 3), (Task.COMPRESS, 4)])
def test_the_shipped_rewriter_reads_its_tag_and_its_sentences(
    task: Task, tag: int, shipped: Checkpoint, vocabulary: Vocabulary
) -> None:
    """[CLS] tag s1 [SEP] s2 [SEP], and no length tag where no length is asked for."""
    job = WriteJob(task, ((FIRST,), (SECOND,)), num_beams=4)
    first, second = vocabulary.encode([FIRST, SECOND])
    expected = (CLS, tag, *first, SEP, *second, SEP)
    assert input_ids(RewriterProfile(shipped, vocabulary), job) == expected


@pytest.mark.parametrize(
    ("words", "tags"), [(None, (2,)), (15, (2, 5)), (16, (2, 6)), (22, (2, 6)), (23, (2, 7))]
)
def test_a_rewriter_trained_with_length_tags_gets_them(
    words: int | None,
    tags: tuple[int, ...],
    shipped: Checkpoint,
    vocabulary: Vocabulary,
    tmp_path: Path,
) -> None:
    """By the bounds in its config.json; none where no length is asked for."""
    profile = RewriterProfile(with_section(shipped, tmp_path, NEXT_VERSION), vocabulary)
    job = WriteJob(Task.FUSE, ((FIRST,),), num_beams=4, target_words=words)
    [first] = vocabulary.encode([FIRST])
    assert input_ids(profile, job) == (CLS, *tags, *first, SEP)


def test_sentences_beyond_what_it_was_trained_on_are_left_out(
    shipped: Checkpoint, vocabulary: Vocabulary
) -> None:
    """The first six, whole; `used` says so."""
    job = WriteJob(Task.FUSE, ((FIRST, SECOND), (THIRD,), (FIRST, SECOND, THIRD, FIRST)), 4)
    [prompt] = RewriterProfile(shipped, vocabulary).prompts([job])
    assert prompt.used == ((0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2))
    assert prompt.row is not None
    assert prompt.row.sources == (FIRST, SECOND, THIRD) * 2


def test_a_section_without_its_tags_is_refused(
    shipped: Checkpoint, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    """Rather than driven wrongly."""
    section = {**NEXT_VERSION, "task_tags": {"fuse": 2}}
    with pytest.raises(CheckpointRefused, match="no tag for compress, headline"):
        RewriterProfile(with_section(shipped, tmp_path, section), vocabulary)


def test_a_tag_is_read_and_never_written(shipped: Checkpoint, vocabulary: Vocabulary) -> None:
    """A row may write the pieces of its sentences, not what stands before them."""
    profile = RewriterProfile(shipped, vocabulary)
    [prompt] = profile.prompts([WriteJob(Task.FUSE, ((FIRST, SECOND),), 2, None)])
    assert prompt.row is not None
    assert prompt.row.allowed is not None
    allowed = set(prompt.row.allowed.tokens)
    tag, sunk = prompt.row.ids[1], vocabulary.encode(["sank"])[0][0]
    assert allowed.isdisjoint({CLS, tag})
    assert {sunk, SEP} <= allowed
