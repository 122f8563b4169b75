"""Story distances chosen on a labelled archive: what is chosen, refused and doubted."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from newsfold.cli import main
from newsfold.cli.archive import choose, usable
from newsfold.cli.findings import calibration_doubts, calibration_lines
from newsfold.client import article
from newsfold.pipeline import cohort
from newsfold.pipeline.bcubed import bcubed, per_item
from newsfold.pipeline.pipeline import Pipeline
from newsfold.pipeline.samples import TooFewStoriesError, draw
from newsfold.pipeline.tuning import Tuning
from newsfold.settings import Settings
from tests.fakes import BagOfWordsEmbedder, ScriptedWriter

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.cli.archive import Findings
    from newsfold.v1 import newsfold_pb2 as pb

_FEW = 30
_MANY = 260


def labelled(stories: int) -> list[tuple[pb.Article, str]]:
    """Three articles a story: four in five of their words are the story's, the others anybody's."""
    rng = random.Random(5)  # noqa: S311 - a sample, no secret
    common = [f"daily{i}" for i in range(60)]
    found = []
    for story in range(stories):
        own = [f"place{story}x{i}" for i in range(30)]
        for i in range(3):
            words = [*rng.sample(own, 24), *rng.sample(common, 6)]
            rng.shuffle(words)
            body = f"The {' '.join(words[:15])} stayed. The {' '.join(words[15:])} went."
            title = " ".join(rng.sample(own, 6))
            made = article(id=f"{story}-{i}", title=title, body=body, language="en")
            found.append((made, f"s{story}"))
    return found


def findings(stories: int, strangers: Path | None = None) -> Findings:
    """What is chosen on so many stories, by the stand-in embedder."""
    tuning = Tuning()
    archive = usable(labelled(stories), tuning, strangers=strangers is not None)
    embedder = BagOfWordsEmbedder()
    return asyncio.run(
        choose(archive, embedder, tuning.stories, cohort_file=None, strangers_file=strangers)
    )


def test_bcubed_of_a_worked_example() -> None:
    """Counted by hand; with a small beta only precision counts."""
    found, gold = ["a", "a", "a", "b"], ["x", "x", "y", "y"]
    precision, recall = per_item(found, gold)
    assert precision.tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1.0])
    assert recall.tolist() == pytest.approx([1.0, 1.0, 0.5, 0.5])
    agreement = bcubed(found, gold)
    assert agreement.f1 == pytest.approx(2 * (8 / 12) * (9 / 12) / (17 / 12))
    assert agreement.f(0.001) == pytest.approx(agreement.precision, abs=1e-4)


def test_stories_that_words_tell_apart_are_found_at_the_chosen_distances() -> None:
    """Also where the distances were chosen on other stories."""
    for choice in findings(_FEW).choices:
        assert choice.scores.precision > 0.95
        assert choice.held_out.f1 > 0.8
        assert choice.lowest <= choice.height <= choice.highest


def test_a_stricter_granularity_is_never_cut_higher() -> None:
    """The law of the granularities survives calibration."""
    heights = [choice.height for choice in findings(_FEW).choices]
    assert heights == sorted(heights)


def test_what_is_printed_are_settings_that_start() -> None:
    """Every line is a comment or a variable that Settings knows."""
    lines = list(calibration_lines(findings(_FEW), None))
    set_to = dict(line.split("=") for line in lines if not line.startswith("#"))
    assert set(set_to) == {
        f"NEWSFOLD_TUNING__STORIES__{name}_DISTANCE" for name in ("STRICT", "NORMAL", "LOOSE")
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_to.items():
            patch.setenv(name, value)
        stories = Settings().tuning.stories
    assert stories.normal_distance == float(set_to["NEWSFOLD_TUNING__STORIES__NORMAL_DISTANCE"])


def test_a_small_archive_without_strangers_is_said_to_be_one() -> None:
    """Both are told, and how to get strangers."""
    told = "\n".join(calibration_doubts(findings(_FEW)))
    assert f"only {_FEW} stories" in told
    assert "--strangers" in told


def test_too_few_stories_are_refused() -> None:
    """Nothing is chosen on a handful, nor on stories of one article."""
    with pytest.raises(TooFewStoriesError, match="19 stories have two or more"):
        draw([f"s{i // 2}" for i in range(38)], strangers=False)
    with pytest.raises(TooFewStoriesError, match="0 stories"):
        draw([f"s{i}" for i in range(500)], strangers=False)
    with pytest.raises(TooFewStoriesError, match="200 are needed"):
        draw([f"s{i // 3}" for i in range(300)], strangers=True)


def test_no_stranger_is_of_a_story_that_is_judged() -> None:
    """One a story, and all articles of the other stories are judged."""
    gold = [f"s{i // 3}" for i in range(900)]
    samples = draw(gold, strangers=True)
    apart = [gold[i] for i in samples.strangers]
    judged = {gold[i] for i in samples.judged}
    assert len(apart) == len(set(apart)) == 150
    assert not judged & set(apart)
    assert len(samples.judged) == 450


def test_strangers_are_written_for_their_embedder_only(tmp_path: Path) -> None:
    """The pipeline takes the file with the embedder it is of, and no other."""
    file = tmp_path / "own.npz"
    found = findings(_MANY, file)
    assert found.strangers == _MANY // 2
    lines = list(calibration_lines(found, str(file)))
    assert f"NEWSFOLD_COHORT={file}" in lines
    assert any(line.startswith("NEWSFOLD_TUNING__STORIES__USUAL_COMMONNESS=") for line in lines)
    vectors = cohort.load(BagOfWordsEmbedder.sha256, file)
    assert vectors is not None
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2)
    with pytest.raises(ValueError, match="another embedder"):
        cohort.load("f" * 64, file)


def test_a_file_that_is_no_cohort_is_refused(tmp_path: Path) -> None:
    """With its name, whatever it holds."""
    file = tmp_path / "notes.npz"
    file.write_text("no vectors")
    with pytest.raises(ValueError, match=r"notes\.npz holds no cohort"):
        cohort.load("f" * 64, file)


def test_another_cohort_is_another_fingerprint(tmp_path: Path) -> None:
    """It decides what a story is."""
    file = tmp_path / "own.npz"
    cohort.save(file, np.eye(30, 256, dtype=np.float32), BagOfWordsEmbedder.sha256)

    def parameters(path: Path | None) -> str:
        made = Pipeline(
            embedder=BagOfWordsEmbedder(),
            writer=ScriptedWriter(),
            limits=Settings(),
            tuning=Tuning(),
            code_version="test",
            cohort_file=path,
        )
        return made._fingerprint.parameters_sha256

    assert parameters(file) != parameters(None)


def test_the_command_refuses_a_small_archive_before_it_loads_a_model(tmp_path: Path) -> None:
    """Exit code 1, and what is missing."""
    file = tmp_path / "archive.jsonl"
    rows = [{"body": a.body, "story": int(story[1:])} for a, story in labelled(5)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    done = CliRunner().invoke(main, ["calibrate", str(file)])
    assert done.exit_code == 1
    assert "5 stories have two or more articles" in done.stderr


def test_an_article_without_a_story_is_named(tmp_path: Path) -> None:
    """Exit code 2, with file and line."""
    file = tmp_path / "archive.jsonl"
    file.write_text('{"body": "It rained.", "story": "rain"}\n{"body": "It rained again."}\n')
    done = CliRunner().invoke(main, ["calibrate", str(file)])
    assert done.exit_code == 2
    assert "archive.jsonl" in done.stderr
    assert "story: missing" in done.stderr


def test_the_command_prints_settings_for_the_embedded_encoder(tmp_path: Path) -> None:
    """The whole way, with the models that ship."""
    file = tmp_path / "archive.jsonl"
    rows = [{"body": a.body, "story": story} for a, story in labelled(_FEW)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    done = CliRunner().invoke(main, ["calibrate", str(file)])
    assert done.exit_code == 0, done.stderr
    assert "NEWSFOLD_TUNING__STORIES__STRICT_DISTANCE=" in done.stdout
    assert f"only {_FEW} stories" in done.stderr
