"""The way of a request with both models replaced: what comes out is accounted for and checked."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from newsfold.pipeline.errors import InputTooLong, InvalidRequest, ModelFailed
from newsfold.pipeline.limits import Limits
from newsfold.pipeline.pipeline import Pipeline
from newsfold.pipeline.ports import Claim, Judgement, Strategy, Task, WriteJob
from newsfold.pipeline.tuning import Tuning, WriteTuning
from newsfold.pipeline.types import (
    Article,
    Check,
    Event,
    Options,
    Origin,
    Role,
    Stage,
    StageProgress,
    StoryFinished,
    StoryMode,
    Verdict,
    WriteMode,
)
from tests.fakes import BagOfWordsEmbedder, ScriptedVerifier, ScriptedWriter, echo

if TYPE_CHECKING:
    from newsfold.pipeline.types import Summaries

BRIDGE = (
    "The old rope bridge over the Tamsel gorge collapsed on Tuesday morning, injuring 12 people.",
    "Police in Tamsel closed the gorge road and asked walkers to stay away from the cliffs.",
    "Mayor Orla Denning said the bridge had passed its last inspection in the spring.",
)
ORCHARD = (
    "Growers in the Vell valley expect the largest apple harvest in twenty years this autumn.",
    "The cooperative has hired 300 pickers and two more cold stores near the railway.",
)


def article(name: str, sentences: tuple[str, ...], source: str = "") -> Article:
    """An article of these sentences, one a paragraph."""
    return Article(name, sentences[0].rstrip("."), "\n\n".join(sentences), source or name)


def demo_articles() -> list[Article]:
    """The articles the package ships."""
    lines = files("newsfold.demo").joinpath("articles.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Article(r["id"], r["title"], r["body"], r["source"], r["url"]) for r in rows]


def pipeline(
    writer: ScriptedWriter | None = None,
    limits: Limits | None = None,
    verifier: ScriptedVerifier | None = None,
) -> Pipeline:
    """A pipeline over the stand-ins."""
    return Pipeline(
        embedder=BagOfWordsEmbedder(),
        writer=writer or ScriptedWriter(),
        verifier=verifier,
        limits=limits or Limits(),
        tuning=Tuning(),
        code_version="test",
    )


SINGLE = Options(target_words=60, story_mode=StoryMode.SINGLE_STORY)


async def summarize_bridge(
    writer: ScriptedWriter, options: Options = SINGLE, verifier: ScriptedVerifier | None = None
) -> Summaries:
    """Two outlets on one event."""
    other = (
        "A rope bridge over the Tamsel gorge collapsed on Tuesday morning, injuring 12 people.",
        "Two of the injured were flown to hospital in Harrowgate by helicopter.",
    )
    articles = [article("first", BRIDGE), article("second", other)]
    return await pipeline(writer, verifier=verifier).summarize(articles, options)


async def test_every_article_is_in_exactly_one_story_or_rejected() -> None:
    """Nothing is lost, whatever it is."""
    articles = [*demo_articles(), Article("ad", "", "Advertisement\n\nRead more")]
    answer = await pipeline().summarize(articles, Options(target_words=60))
    placed = [m.index for story in answer.stories for m in story.cluster.members]
    assert sorted([*placed, *(r.index for r in answer.rejected)]) == list(range(len(articles)))
    assert [r.id for r in answer.rejected] == ["ad"]


async def test_the_ledger_counts_every_token_of_every_article() -> None:
    """The parts of each article add up to the tokens of its body."""
    articles = demo_articles()
    answer = await pipeline().summarize(articles, Options(target_words=60))
    for usage, sent in zip(answer.usage.articles, articles, strict=True):
        assert usage.article_id == sent.id
        assert usage.tokens_in == len(sent.body.split())
    assert any(usage.written for usage in answer.usage.articles)


async def test_evidence_points_at_text_of_the_body_as_sent() -> None:
    """An extracted sentence is its first evidence, white space aside."""
    articles = demo_articles()
    options = Options(target_words=80, write_mode=WriteMode.EXTRACTIVE)
    answer = await pipeline().summarize(articles, options)
    for sentence in (s for story in answer.stories for s in story.sentences):
        best = sentence.evidence[0]
        cited = articles[best.article].body[best.span.start : best.span.end]
        assert " ".join(cited.split()) == sentence.text
        assert sentence.support == 1.0


async def test_extractive_mode_asks_the_writer_nothing() -> None:
    """No row reaches the model."""
    writer = ScriptedWriter()
    answer = await summarize_bridge(
        writer, Options(target_words=60, write_mode=WriteMode.EXTRACTIVE)
    )
    assert writer.jobs == []
    assert {s.origin for story in answer.stories for s in story.sentences} == {Origin.EXTRACTED}


async def test_sentences_of_several_articles_are_fused() -> None:
    """The lead of both outlets is one job."""
    writer = ScriptedWriter()
    await summarize_bridge(writer)
    fused = [job for job in writer.jobs if job.task is Task.FUSE]
    assert [len(job.documents[0]) for job in fused] == [2]


async def test_a_supported_draft_is_used_and_cites_both_sources() -> None:
    """The fused sentence stands in both articles."""
    answer = await summarize_bridge(ScriptedWriter())
    [written] = [s for s in answer.stories[0].sentences if s.origin is Origin.WRITTEN]
    assert written.source_count == 2
    assert {e.article for e in written.evidence} == {0, 1}
    assert answer.stories[0].write_mode is WriteMode.ABSTRACTIVE


def invents_a_number(job: WriteJob) -> str:
    """As `echo`, with a figure nobody reported."""
    return echo(job).replace("12", "45")


async def test_a_draft_with_an_invented_number_is_replaced_and_the_answer_says_so() -> None:
    """The sentence comes from an article, with the verdict."""
    answer = await summarize_bridge(ScriptedWriter(invents_a_number))
    [replaced] = [s for s in answer.stories[0].sentences if s.verdict is not None]
    assert replaced.origin is Origin.EXTRACTED
    assert replaced.verdict is not None
    assert replaced.verdict.check is Check.NUMBER
    assert "45" in replaced.verdict.found
    assert "45" not in answer.stories[0].summary


def shortens(job: WriteJob) -> str:
    """The first sentence without its last clause; passes the rules."""
    return echo(job).split(",")[0].rstrip(".") + "."


async def test_what_the_verifier_doubts_is_replaced_and_the_answer_says_so() -> None:
    """Though every rule lets it pass; the verifier sees what the model read."""
    verifier = ScriptedVerifier(lambda claim: 0.25)
    answer = await summarize_bridge(ScriptedWriter(shortens), verifier=verifier)
    [replaced] = [s for s in answer.stories[0].sentences if s.verdict is not None]
    assert replaced.verdict == Verdict(Check.VERIFIER, "0.25")
    assert replaced.origin is Origin.EXTRACTED
    assert [len(claim.evidence) for claim in verifier.claims] == [2, 1]
    assert answer.fingerprint.verifier_sha256 == verifier.sha256


async def test_what_the_verifier_trusts_still_has_to_pass_the_rules() -> None:
    """A model's trust is no excuse for a figure that nobody reported."""
    verifier = ScriptedVerifier()
    answer = await summarize_bridge(ScriptedWriter(invents_a_number), verifier=verifier)
    [replaced] = [s for s in answer.stories[0].sentences if s.verdict is not None]
    assert replaced.verdict is not None
    assert replaced.verdict.check is Check.NUMBER


def rephrases(job: WriteJob) -> str:
    """The collapse in words that no article has."""
    return "A dozen were hurt when the gorge's crossing gave way." if "rope" in echo(job) else ""


async def test_other_words_are_shown_where_the_verifier_is_sure_and_cite_what_it_was_shown() -> (
    None
):
    """Hardly a word of the two sentences is in it; both are cited, as they were judged together."""
    answer = await summarize_bridge(ScriptedWriter(rephrases), verifier=ScriptedVerifier())
    [written] = [s for s in answer.stories[0].sentences if s.origin is Origin.WRITTEN]
    assert written.text == rephrases(WriteJob(Task.FUSE, ((BRIDGE[0],),), num_beams=1))
    assert {evidence.article for evidence in written.evidence} == {0, 1}
    assert written.source_count == 2
    assert written.support < Tuning().attribute.min_support
    alone = await summarize_bridge(ScriptedWriter(rephrases))
    assert not [s for s in alone.stories[0].sentences if s.origin is Origin.WRITTEN]


def tears(claim: Claim) -> Judgement:
    """Borne out, and not whole."""
    del claim
    return Judgement(1.0, 0.0)


async def test_a_sentence_that_is_not_whole_is_replaced() -> None:
    """Its verdict is one of form, with the probability."""
    verifier = ScriptedVerifier(judge=tears)
    answer = await summarize_bridge(ScriptedWriter(shortens), verifier=verifier)
    [replaced] = [s for s in answer.stories[0].sentences if s.verdict is not None]
    assert replaced.verdict == Verdict(Check.FORM, "0.00")
    assert replaced.origin is Origin.EXTRACTED


async def test_a_sentence_of_the_evidence_needs_no_verifier() -> None:
    """It is not even asked."""
    verifier = ScriptedVerifier(lambda claim: 0.0)
    answer = await summarize_bridge(ScriptedWriter(echo), verifier=verifier)
    assert verifier.claims == []
    assert any(s.origin is Origin.WRITTEN for s in answer.stories[0].sentences)


def invents_when_fusing(job: WriteJob) -> str:
    """Wrong from several sentences, right from one."""
    return invents_a_number(job) if len(job.documents[0]) > 1 else echo(job)


async def test_a_draft_that_fails_is_asked_for_once_more_from_fewer_sentences() -> None:
    """Half of them, in the same task; what passes is used like any draft."""
    writer = ScriptedWriter(invents_when_fusing)
    answer = await summarize_bridge(writer)
    fused = [job.documents[0] for job in writer.jobs if job.task is Task.FUSE]
    assert [len(texts) for texts in fused] == [2, 1]
    assert fused[1] == fused[0][:1]
    [written] = [s for s in answer.stories[0].sentences if s.origin is Origin.WRITTEN]
    assert written.verdict is None
    assert "12" in written.text


async def test_a_draft_that_fails_twice_is_replaced_with_the_first_verdict() -> None:
    """Two attempts, never a third."""
    writer = ScriptedWriter(invents_a_number)
    answer = await summarize_bridge(writer)
    assert len([job for job in writer.jobs if job.task is Task.FUSE]) == 2
    [replaced] = [s for s in answer.stories[0].sentences if s.verdict is not None]
    assert replaced.origin is Origin.EXTRACTED


async def test_no_second_attempt_where_it_is_switched_off() -> None:
    """`write.rewrite_failed`."""
    writer = ScriptedWriter(invents_a_number)
    tuning = Tuning(write=WriteTuning(rewrite_failed=False))
    other = article("second", (BRIDGE[0].replace("The old", "A"),))
    made = Pipeline(
        embedder=BagOfWordsEmbedder(),
        writer=writer,
        limits=Limits(),
        tuning=tuning,
        code_version="test",
    )
    await made.summarize([article("first", BRIDGE), other], SINGLE)
    assert len([job for job in writer.jobs if job.task is Task.FUSE]) == 1


async def test_the_headline_is_the_title_that_tells_the_story() -> None:
    """Not a column's; cited like any sentence."""
    thoughts = (
        "A rope bridge over the Tamsel gorge collapsed on Tuesday. Bridges grow old, as we do."
    )
    comment = Article("c", "OPINION: Why do bridges fall?", thoughts, "Column")
    answer = await pipeline().summarize([comment, article("first", BRIDGE)], SINGLE)
    headline = answer.stories[0].headline
    assert headline is not None
    assert headline.text == BRIDGE[0].rstrip(".")
    assert headline.origin is Origin.EXTRACTED
    assert headline.evidence[0].score == 1.0


async def test_articles_without_titles_get_a_written_headline() -> None:
    """Checked like a sentence."""
    untitled = Article("first", "", "\n\n".join(BRIDGE))
    answer = await pipeline(ScriptedWriter()).summarize([untitled], SINGLE)
    headline = answer.stories[0].headline
    assert headline is not None
    assert headline.origin is Origin.WRITTEN
    assert headline.text == BRIDGE[0].rstrip(".")


async def test_a_written_headline_with_an_invented_number_gives_way_to_the_lead() -> None:
    """The verdict says why."""
    untitled = Article("first", "", "\n\n".join(BRIDGE))
    answer = await pipeline(ScriptedWriter(invents_a_number)).summarize([untitled], SINGLE)
    headline = answer.stories[0].headline
    assert headline is not None
    assert headline.verdict is not None
    assert headline.verdict.check is Check.NUMBER
    assert headline.text == BRIDGE[0]


async def test_no_headline_is_made_where_none_is_asked_for() -> None:
    """Neither written nor extracted."""
    writer = ScriptedWriter()
    answer = await summarize_bridge(
        writer, Options(target_words=60, story_mode=StoryMode.SINGLE_STORY, headline=False)
    )
    assert answer.stories[0].headline is None
    assert Task.HEADLINE not in {job.task for job in writer.jobs}


async def test_a_passage_that_does_not_fit_the_model_is_extracted_whole() -> None:
    """Never cut: the verdict names the length."""
    answer = await summarize_bridge(ScriptedWriter(lambda job: ""))
    verdicts = {s.verdict.check for s in answer.stories[0].sentences if s.verdict}
    assert verdicts == {Check.LENGTH}


async def test_a_language_the_model_does_not_write_is_extracted() -> None:
    """The answer says which language, and that no sentence was written."""
    text = "Der Stausee bei Ellenau ist am Dienstag zum ersten Mal seit Jahren wieder voll."
    more = "Die Behörden öffneten am Abend vorsorglich zwei Schleusen, wie ein Sprecher sagte."
    german = Article("de", "Stausee voll", f"{text}\n\n{more}", language="de")
    answer = await pipeline().summarize([german], Options(target_words=60))
    [story] = answer.stories
    assert story.write_mode is WriteMode.EXTRACTIVE
    assert {s.verdict.check for s in story.sentences if s.verdict} == {Check.LANGUAGE}


async def test_a_document_model_writes_the_story_at_once() -> None:
    """One job holds every independent article; each sentence of the draft is checked."""

    def lead_of_each(job: WriteJob) -> str:
        return (
            " ".join(document[0] for document in job.documents) + " Nobody was named Xavier Plum."
        )

    writer = ScriptedWriter(lead_of_each, strategy=Strategy.DOCUMENT)
    answer = await summarize_bridge(writer)
    assert [job.task for job in writer.jobs] == [Task.SUMMARIZE]
    [story] = answer.stories
    assert story.sentences[0].origin is Origin.WRITTEN
    assert "Xavier" not in story.summary


async def test_summaries_keep_to_the_words_asked_for() -> None:
    """Unless the first sentence alone is longer."""
    answer = await pipeline().summarize(demo_articles(), Options(target_words=50))
    for story in answer.stories:
        assert len(story.summary.split()) <= 50 or len(story.sentences) == 1


async def test_max_sentences_is_kept() -> None:
    """Two sentences a story at most."""
    answer = await pipeline().summarize(demo_articles(), Options(max_sentences=2))
    assert all(1 <= len(story.sentences) <= 2 for story in answer.stories)


async def test_an_exact_copy_is_no_second_source() -> None:
    """The copy is a member, its text counts once."""
    articles = [article("first", BRIDGE, "Herald"), article("again", BRIDGE, "Ledger")]
    answer = await pipeline().summarize(articles, Options(target_words=60))
    [story] = answer.stories
    assert sorted(m.role.value for m in story.cluster.members) == ["exact_copy", "representative"]
    assert {s.source_count for s in story.sentences} == {1}


async def test_one_per_article_keeps_copies_apart() -> None:
    """Each is a story of its own."""
    articles = [article("first", BRIDGE), article("again", BRIDGE)]
    answer = await pipeline().summarize(
        articles, Options(target_words=60, story_mode=StoryMode.ONE_PER_ARTICLE)
    )
    roles = [m.role for story in answer.stories for m in story.cluster.members]
    assert roles == [Role.REPRESENTATIVE, Role.REPRESENTATIVE]


async def test_unrelated_articles_are_two_stories() -> None:
    """The bridge has nothing to do with the apples."""
    answer = await pipeline().summarize(
        [article("bridge", BRIDGE), article("orchard", ORCHARD)], Options(target_words=60)
    )
    assert len(answer.stories) == 2


async def test_events_tell_the_stages_and_each_story_once() -> None:
    """Progress first, every story finished exactly once."""
    events: list[Event] = []
    answer = await pipeline().summarize(demo_articles(), Options(target_words=60), events.append)
    stages = [e.stage for e in events if isinstance(e, StageProgress)]
    finished = [e.story.cluster.id for e in events if isinstance(e, StoryFinished)]
    assert stages[:4] == [Stage.SENTENCES, Stage.STORIES, Stage.EMBED, Stage.OVERLAP]
    assert sorted(finished) == sorted(story.cluster.id for story in answer.stories)


async def test_cancelling_takes_the_jobs_out_of_the_writer() -> None:
    """A model that never answers holds nobody who has left."""
    writer = ScriptedWriter(gate=asyncio.Event())
    call = asyncio.create_task(summarize_bridge(writer))
    await writer.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert writer.cancelled == len(writer.jobs)


async def test_a_failing_model_fails_the_request_as_such() -> None:
    """Not as a group of exceptions."""
    with pytest.raises(ModelFailed):
        await summarize_bridge(ScriptedWriter(fails=True))


async def test_too_long_input_is_refused_unless_truncation_is_allowed() -> None:
    """Allowed, it is cut and counted."""
    small = pipeline(limits=Limits(max_article_tokens=20))
    with pytest.raises(InputTooLong):
        await small.summarize([article("first", BRIDGE)], SINGLE)
    options = Options(target_words=60, story_mode=StoryMode.SINGLE_STORY, allow_truncation=True)
    answer = await small.summarize([article("first", BRIDGE)], options)
    assert answer.usage.articles[0].truncated > 0


async def test_no_articles_are_refused() -> None:
    """With the field's name."""
    with pytest.raises(InvalidRequest, match="articles"):
        await pipeline().summarize([], SINGLE)


async def test_the_same_request_gives_the_same_answer() -> None:
    """Run twice, timings aside."""
    first = await pipeline().summarize(demo_articles(), Options(target_words=60))
    again = await pipeline().summarize(demo_articles(), Options(target_words=60))
    assert (first.stories, first.usage, first.fingerprint) == (
        again.stories,
        again.usage,
        again.fingerprint,
    )


async def test_clustering_asks_the_writer_nothing() -> None:
    """Steps 1 to 5 only."""
    writer = ScriptedWriter()
    found = await pipeline(writer).cluster(demo_articles(), Options())
    assert writer.jobs == []
    assert all(story.groups for story in found.stories)


async def test_an_estimate_says_what_would_be_cut() -> None:
    """Without running either model where stories are not asked for."""
    small = pipeline(limits=Limits(max_article_tokens=20))
    estimate = await small.estimate([article("first", BRIDGE)], SINGLE, include_stories=False)
    assert estimate.needs_truncation
    assert estimate.story_count is None
    assert estimate.usage.articles[0].truncated > 0


async def test_an_estimate_counts_the_stories_if_asked() -> None:
    """The same number that a summary would have."""
    articles = [article("bridge", BRIDGE), article("orchard", ORCHARD)]
    estimate = await pipeline().estimate(articles, Options(), include_stories=True)
    assert estimate.story_count == 2
