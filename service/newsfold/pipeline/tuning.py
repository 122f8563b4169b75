"""Every threshold of the pipeline, with where it comes from. Settings carries one `Tuning`.

One class a stage; a stage reads only its own.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CleanTuning(_Frozen):
    """Boilerplate removal and sentence splitting."""

    max_removed: float = 0.6
    """Share of an article's characters that may go: DESIGN's bound."""
    min_words: int = 3
    """A sentence has at least these; "He agreed." is not worth a place in a summary."""
    min_open_words: int = 9
    """Words from which a line without a final mark counts as a sentence: captions and headings of
    neus_fulltext have 2 to 8, open sentences more."""
    headline_capitals: float = 0.7
    """Share of its longer words from which a line without a final mark is a headline: cross links
    of allsides_articles have 0.8 to 1, open sentences full of names up to 0.6."""
    max_quoted_words: int = 60
    """A quotation of several sentences is kept together up to this length."""


class StoryTuning(_Frozen):
    """Articles to stories.

    Weights of the views and of commonness are those of a logistic regression on pairs of the train
    split of neus_clusters (`training.similarity`); days were chosen on mixes of its stories, and
    heights as docs/tuning.md says.
    """

    embedding_weight: float = 0.42
    """Of the cosine of title and opening."""
    words_weight: float = 0.25
    """Of the TF-IDF cosine of the first `text_words`."""
    title_weight: float = 0.17
    """Of the cosine of the titles alone."""
    told_weight: float = 0.16
    """Of the share of each one's title that the other tells."""
    lead_words: int = 120
    text_words: int = 600
    penalty_a_day: float = 0.05
    """Similarity lost for each day between two articles."""
    free_days: float = 1.0
    """Days that cost nothing: follow-ups of one event."""
    penalised_days: float = 14.0
    """Days beyond which the penalty grows no more."""
    templates: bool = True
    """Whether titles of one template hold articles apart; see `templates`."""
    template_margin: float = 0.05
    """How far below what LOOSE joins the similarity of two such articles is held."""
    template_words: int = 2
    """Content words that two titles of one template share at least."""
    template_share: float = 0.35
    """The same, as a share of the shorter one's, where they differ in a qualifier."""
    template_slot: int = 4
    """Words in which two titles that are otherwise the same may differ."""
    template_repeat: float = 0.8
    """Share of the shorter title's content words from which two titles are nearly the same."""
    template_days: float = 30.0
    """Days apart from which nearly the same title is another event's."""
    template_magnitude: float = 0.3
    """How far two magnitudes of one earthquake differ at most."""
    series_run: int = 3
    """Words in a row that two reports of a series share; see `series`."""
    series_words: int = 30
    """Such runs that each opening has at least."""
    series_apart: float = 0.18
    """Shared wording times facts that are not shared, from which two reports are of two events."""
    series_wording: float = 0.45
    """Shared wording below which nearly all facts have to differ: two papers' versions of one
    agency report, each with names of its own, share 0.43."""
    series_all: float = 0.9
    """Nearly all."""
    series_least: int = 4
    """Facts of each that the other lacks, at least, or all: an update changes a few."""
    commonness_weight: float = 0.76
    """Similarity lost for being near to strangers; see `cohort` and docs/tuning.md."""
    nearest_strangers: int = 20
    usual_commonness: float = 0.45
    """What costs nothing: the mean of neus_clusters."""
    encoder_languages: tuple[str, ...] = ("en",)
    """Languages, as primary subtags, whose articles are compared by vector; "*" is all, for a
    multilingual encoder. Others are compared by words, and only with articles of their own."""
    foreign_lead_weight: float = 0.2
    """Of the lead in the comparison by words; the first `text_words` have the rest."""
    foreign_weight: float = 2.5
    """Similarity for each part of a word cosine, which with `foreign_base` puts 0.09, 0.12 and 0.16
    at the three heights; see docs/adr/0020 for what other heights come to in six languages."""
    foreign_base: float = 0.07
    loose_distance: float = 0.70
    """Height of the cut: recall counts as much as precision, and ten articles over months of one
    event come together."""
    normal_distance: float = 0.63
    """A compromise, see docs/tuning.md: train is best at 0.57 to 0.59, headlines and Wikinews at
    0.63 and above, where no peer is better on any set but train. The seed story holds from 0.55 to
    0.64."""
    strict_distance: float = 0.52
    """Hardly a wrong merge: precision 98 to 100 on the sets of docs/tuning.md."""
    shingle_words: int = 5
    min_shingles: int = 12
    """Shorter texts are compared exactly only: a headline has no near copy."""
    near_jaccard: float = 0.5
    """Shingles shared by all: a reprint with one word in 20 changed keeps about 0.6 of them, so at
    0.6 one in four was missed."""
    near_containment: float = 0.8
    """Shingles of the shorter text inside the longer one."""
    near_size: float = 0.5
    """A shorter text below this share of the longer is a brief of its own, no copy."""
    near_days: float = 7.0
    """Days apart from which nearly the same words are no copy: among 36,996 articles of
    allsides_articles 28 near copies are 3 days apart at most or undated, and all 10 of more days
    are other articles under one page's furniture."""
    exact_copies: bool = True
    """Whether equal texts are copies; without it they are near copies, the short ones none."""

    @model_validator(mode="after")
    def _heights_in_order(self) -> Self:
        if not self.strict_distance <= self.normal_distance <= self.loose_distance:
            raise ValueError(
                f"strict_distance {self.strict_distance}, normal_distance {self.normal_distance}"
                f" and loose_distance {self.loose_distance} must not fall in this order:"
                " a looser granularity joins more"
            )
        return self

    def reads(self, language: str) -> bool:
        """Whether the encoder can be trusted with a language; with an unknown one it has to be."""
        return not language or not {language, "*"}.isdisjoint(self.encoder_languages)


class OverlapTuning(_Frozen):
    """Sentences to overlap groups."""

    embedding_weight: float = 0.7
    min_similarity: float = 0.55
    """Mean blend of embedding and TF-IDF cosine inside a group: best of 24 settings on labelled
    pairs of neus_fulltext train, see docs/tuning.md."""
    min_shared_content: float = 0.3
    """Share of content words, of the shorter sentence, that a member has in common with the group's
    most central one."""
    min_shared_words: float = 0.4
    """The same, cosine of words, for a language that the encoder does not read."""


class ConflictTuning(_Frozen):
    """When two claims are of one thing, and when they agree all the same."""

    same_sentence: float = 0.55
    """Content words that two sentences share (Jaccard), numbers and days left out."""
    same_clause: float = 0.6
    """Or share of the content words of the shorter clause that the other has,"""
    clause_words: int = 3
    """which are at least so many."""
    common_figure: float = 10.0
    """From here the same number of the same noun, elsewhere in the story, is of the same thing;"""
    core_words: int = 2
    """another is if its sentence has so many content words that the sentences of all sides have."""
    most_compared: int = 12
    """Values of one subject that are compared, those told most first, and claims of each value: it
    bounds the work for a large story."""
    far: float = 10.0
    """Times a figure beyond which another is of another thing: the dead of a town, of a country."""
    near: float = 1.5
    """Times a bound up to which an exact figure is the same news."""
    rough: float = 0.1
    """Share by which an exact figure may differ from one that is said to be about so much."""
    round_from: float = 1_000.0
    """A figure of one digit and noughts rounds others from here; below it takes two digits."""


class SelectTuning(_Frozen):
    """Groups to a plan.

    Weights were chosen by ROUGE on stories of two to ten sources at 50, 100 and 220 words; see
    docs/tuning.md.
    """

    centrality_weight: float = 1.0
    source_weight: float = 0.2
    """For each doubling of the independent sources."""
    fused_source_weight: float = 0.4
    """The same where groups are rewritten: what several sources tell is what there is to fuse."""
    position_weight: float = 3.0
    """For the first sentence of an article."""
    position_power: float = 0.75
    """The n-th has it divided by n to this power."""
    title_weight: float = 3.0
    """For telling what the titles tell."""
    representative_weight: float = 0.5
    """For a group that has a sentence of the story's representative."""
    voice_weight: float = 0.1
    """For a group that brings a source not heard yet."""
    one_telling: float = 0.65
    """Share of content words from which one extracted sentence of a group tells what another does;
    what shares less may be told beside it. A group that is rewritten is told at once."""
    redundancy_weight: float = 0.4
    """Against the largest cosine to what is chosen (MMR; Carbonell and Goldstein 1998)."""
    phrase_weight: float = 0.7
    """For phrases that several sources have and no sentence chosen before has (see `phrases`), for
    each doubling of the sources of the story: the more there are, the more a shared phrase says."""
    phrase_sources: int = 10
    """Stories of more sources weigh phrases as those of so many do: none was measured."""
    phrase_length_power: float = 0.3
    """They count less in a longer sentence, by its words to this power."""
    opening_phrase_weight: float = 1.0
    """Of a phrase that all sources open with, beside one that all have."""
    opening_sentences: int = 3
    """How many sentences open an article."""
    equally_central: float = 0.0005
    """Groups whose centrality differs by less are equally central: then one that several sources
    tell comes before one that one source tells."""
    max_bigram_overlap: float = 0.35
    """Share of a sentence's bigrams that may stand in one chosen before: the largest of a summary
    is then 0.2 on average."""
    one_event_days: int = 2
    """Days between a story's first article and its last up to which it is told as one event, in
    reading order; a longer one is told day by day. Not measured: stories of `multiling2011` go on
    for weeks, those of the other sets have no dates."""
    spare: float = 1.3
    """Words planned for each word asked for where the model rewrites, since it shortens; 1.0 gives
    less ROUGE-2 on neus_fulltext train."""
    reserve: float = 2.0
    """The same, with those that fill the room which rewriting left in the end."""
    min_words: int = 6
    max_words: int = 60
    """Sentences outside this length lose `awkward_penalty`."""
    awkward_penalty: float = 0.8
    """For a sentence that needs its context: opening pronoun or connective, torn quotation, first
    person, question."""


class WriteTuning(_Frozen):
    """Plan to writing jobs."""

    max_fused: int = 3
    """Sentences of a group given to the rewriter: the pairs it was trained on have one to three."""
    headline_leads: int = 3
    """Lead sentences given for a headline: as in training."""
    compress_over_words: int = 45
    """A sentence that stands alone is compressed above this length, and extracted below it: at 30
    the first rewriter loses 1.7 ROUGE-2 on neus_fulltext train, at 45 nothing."""
    compress_to: float = 0.6
    """Share of its words asked for: the middle of the 0.35-0.65 of the compression corpus."""
    rewrite_failed: bool = True
    """Ask once more, from the first half of its sentences, for a sentence that fails a check."""


class AttributeTuning(_Frozen):
    """Checking written sentences.

    Chosen by reading drafts of the first rewriter on neus_fulltext train, and the lines of the
    verifier on labelled drafts of the second and third; docs/tuning.md has what each buys,
    benchmarks/results/evidence.md what the checks detect.
    """

    min_support: float = 0.6
    """Least support of a written sentence."""
    min_evidence: float = 0.5
    """Share of a sentence's content words that makes a passage evidence on its own."""
    min_addition: float = 0.15
    """Share that a passage must add to those already cited."""
    max_new_words: float = 0.1
    """Share of content words that no source has."""
    seam_window: int = 8
    """Distance in a source at which two words are still neighbours."""
    subject_words: int = 6
    """Content words before a break that may be its subject."""
    max_seams: int = 0
    """Seams inside a clause that a sentence may have."""
    max_headline_seams: int = 1
    """The same for a headline."""
    min_trust: float = 0.95
    """Least probability, by the verifier, that the evidence bears out a sentence in its words."""
    reworded_trust: float = 0.05
    """The same for a sentence in other words, or in another order of them."""
    reworded_from: float = 0.3
    """Support from which a sentence may be its evidence in other words: below, it is another."""
    reworded_below: float = 0.9
    """Support from which a sentence is in its sources' own words."""
    min_wholeness: float = 0.5
    """Least probability, by the verifier, that a sub-editor would mend nothing."""


class Tuning(_Frozen):
    """All of them."""

    clean: CleanTuning = CleanTuning()
    stories: StoryTuning = StoryTuning()
    overlap: OverlapTuning = OverlapTuning()
    conflicts: ConflictTuning = ConflictTuning()
    select: SelectTuning = SelectTuning()
    write: WriteTuning = WriteTuning()
    attribute: AttributeTuning = AttributeTuning()
