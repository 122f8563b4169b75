"""A written sentence is let through only if its sources bear it out."""

import pytest

from newsfold.pipeline.attribute import attribute, evidence_for
from newsfold.pipeline.tuning import AttributeTuning
from newsfold.pipeline.types import Check, Sentence, Span

LEAD = "At least 30 people were injured on Tuesday when a ferry struck a breakwater in Port Callan."
DENIAL = "Harbour master Joanna Rusk denied that the ferry had been warned about the tide."
CAUSE = (
    "Prosecutors said the captain, Piet Valdane, was responsible for the crash at the breakwater."
)
ROLE = "“We had no part in the repair,” the role of the shipyard was well established, Rusk said."
ALLEGED = "Police arrested the alleged owner of the second boat on Friday evening."


def source(text: str, article: int = 0, position: int = 0) -> Sentence:
    """A sentence of an article."""
    return Sentence(article, position, Span(0, len(text)), text)


def check_of(text: str, *sources: str, headline: bool = False) -> Check | None:
    """The check that a sentence fails."""
    found = attribute(
        text, [source(s, i) for i, s in enumerate(sources)], AttributeTuning(), headline=headline
    )
    return found.verdict.check if found.verdict else None


@pytest.mark.parametrize("text", [LEAD, DENIAL, CAUSE, ROLE, ALLEGED])
def test_a_sentence_word_for_word_is_fully_supported(text: str) -> None:
    """Whatever else is among the sources."""
    found = attribute(text, [source(LEAD, 1), source(text)], AttributeTuning())
    assert (found.support, found.verdict) == (1.0, None)
    assert found.evidence[0].score == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "At least 30 people were injured when a ferry struck a breakwater in Port Callan.",
        "At least thirty people were injured on Tuesday when a ferry struck a breakwater.",
        "A ferry struck a breakwater in Port Callan on Tuesday.",
    ],
)
def test_a_faithful_shorter_sentence_passes(text: str) -> None:
    """Left-out words are no fault."""
    assert check_of(text, LEAD) is None


@pytest.mark.parametrize(
    ("text", "sources", "check"),
    [
        ("At least 45 people were injured on Tuesday in Port Callan.", (LEAD,), Check.NUMBER),
        ("30 people were injured on Tuesday in Port Callan.", (LEAD,), Check.NUMBER),
        ("At least 30 people were injured on Monday in Port Callan.", (LEAD,), Check.NUMBER),
        ("At least 30 people were injured in Port Callan, Mara Telling said.", (LEAD,), Check.NAME),
        (
            "The role of the shipyard was established, “we had a part in it,” Rusk said.",
            (ROLE,),
            Check.QUOTE,
        ),
        (
            "Rusk said that the ferry had been warned about the tide.",
            (DENIAL, LEAD),
            Check.POLARITY,
        ),
        ("Police arrested the owner of the second boat on Friday.", (ALLEGED,), Check.POLARITY),
        ("The ferry was not warned about the tide by the harbour.", (CAUSE, LEAD), Check.POLARITY),
        ("The orchestra tuned its violins before the concert began.", (LEAD,), Check.SUPPORT),
        ("At least 30 people were injured when a ferry struck a", (LEAD,), Check.FORM),
        ("Were injured.", (LEAD,), Check.FORM),
        ("A ferry struck where injured 30 people in Port Callan.", (LEAD,), Check.FORM),
        ("“At least 30 people were injured on Tuesday.", (LEAD,), Check.FORM),
        ("But at least 30 people were injured on Tuesday.", (LEAD,), Check.FORM),
        ("A ferry struck a breakwater when a ferry struck a breakwater.", (LEAD,), Check.FORM),
    ],
)
def test_an_unsupported_sentence_is_stopped(
    text: str, sources: tuple[str, ...], check: Check
) -> None:
    """By the check that is meant for it."""
    assert check_of(text, *sources) is check


@pytest.mark.parametrize(
    ("text", "source", "check"),
    [
        ("Profit rose by 15 percent.", "Profit rose to 15 percent.", Check.NUMBER),
        ("It cost $1.5 million to build.", "It cost $1.5bn to build.", Check.NUMBER),
        ("It cost 1.5 billion euros to build.", "It cost $1.5bn to build.", Check.NUMBER),
        ("One in four pupils can swim.", "One in five pupils can swim.", Check.NUMBER),
        ("It was closed for ten days.", "It was closed for two weeks.", Check.NUMBER),
        ("It lasted more than 60 minutes.", "It lasted an hour.", Check.NUMBER),
        ("Half a dozen ferries were late.", "Twelve ferries were late.", Check.NUMBER),
        ("Over 50 percent of them were late.", "Just under half of them were late.", Check.NUMBER),
        ("At least 15 crowns are paid.", "Some 15 crowns are paid.", Check.NUMBER),
        ("At least 60 houses burned.", "At least 30 were hurt and 60 houses burned.", Check.NUMBER),
        ("Because the tide was low.", "It ran aground because the tide was low.", Check.FORM),
        (
            "The fire destroyed 200 houses near Lurgan.",
            "More than 200 firefighters fought the fire, which destroyed 60 houses near Lurgan.",
            Check.NUMBER,
        ),
        ("The bridge opened in June.", "The bridge opened in July.", Check.NUMBER),
        ("The bridge opened last month.", "The bridge opened last week.", Check.NUMBER),
        (
            "“We had no warning,” Per Holt said.",
            "“We had no warning,” said Mara Telling, who told Per Holt about it.",
            Check.QUOTE,
        ),
        (
            "The port authority said two weeks after repairs began.",
            "The port authority said two weeks after repairs began that the bridge would reopen.",
            Check.FORM,
        ),
        (
            "The port authority said late on Tuesday.",
            "The port authority said late on Tuesday that the bridge would reopen.",
            Check.FORM,
        ),
        (
            "The harbour law applies to every ferry, with Judge Ines Ravel.",
            "The court heard cases on whether the harbour law applies to every ferry, with Judge"
            " Ines Ravel asking what it would cost.",
            Check.POLARITY,
        ),
        (
            "Asked about the wall, Joanna Rusk said.",
            "Asked about the wall, Joanna Rusk said that it would be repaired.",
            Check.FORM,
        ),
        (
            "Vice president Holt's valet has tested positive.",
            "The vice president's secretary and President Holt's valet has tested positive.",
            Check.RECOMBINATION,
        ),
        (
            '"The mayor took the money, it also does not clear him," Telling said.',
            '"While it does not conclude that the mayor took the money, it also does not clear'
            ' him," Telling said.',
            Check.QUOTE,
        ),
        (
            "The harbour law, the Holt could use to close the pier, was passed.",
            "The harbour law, which Holt could use to close the pier, was passed.",
            Check.FORM,
        ),
        (
            "Ferries built before the war are still in use.",
            "Many ferries built before the war are still in use.",
            Check.POLARITY,
        ),
        (
            "Telling did not actually see the ferry.",
            "Telling was backtracking, saying that Holt did not actually see the ferry.",
            Check.RECOMBINATION,
        ),
        (
            "The court struck down a Osterby law on camping.",
            "The court struck down a Lurgan, Osterby, law on camping.",
            Check.FORM,
        ),
        (
            "The court struck down a Lurgan, Lurgan, law on camping.",
            "The court struck down a Lurgan, Osterby, law on camping.",
            Check.FORM,
        ),
        (
            "Is this proof that the repair was paid for twice.",
            "Is this proof that the repair was paid for twice, or that nobody looked?",
            Check.FORM,
        ),
        (
            "“We had no warning at all,” he said.",
            "“We had no warning at all,” Mara Telling said.",
            Check.QUOTE,
        ),
        (
            '"Thirty towns have such a law."',
            'So it must stop." (Thirty towns have such a law.) "We are at work on it.',
            Check.QUOTE,
        ),
    ],
)
def test_a_changed_figure_date_or_speaker_is_stopped(text: str, source: str, check: Check) -> None:
    """Also where every word of the sentence is in the source."""
    assert check_of(text, source) is check


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("It cost $1.5 billion to build.", "It cost $1.5bn to build."),
        ("It cost 1.5 billion dollars to build.", "It cost $1.5bn to build."),
        ("Two in ten pupils can swim, 20 percent.", "One in five pupils can swim."),
        ("It was the worst storm in ten years.", "It was the worst storm in a decade."),
        ("Half a dozen ferries were late.", "Six ferries were late."),
        ("One in five, from one in ten.", "It was a fifth, from a tenth ten years ago."),
        ("They are below the age of five.", "They are under five."),
        ("The sword is from the 5th century.", "The sword is from the fifth century."),
        ("It took more than 30 boats.", "It took over thirty boats."),
        ("It lasted eleven years in all.", "It lasted over eleven years in all."),
        ("The bridge opened in Sept. 2031.", "The bridge opened in September 2031."),
        (
            "“We had no warning,” Telling said.",
            "“We had no warning,” said Mara Telling, who told Per Holt about it.",
        ),
        ("“We had no warning,” she said.", "“We had no warning at the pier,” she said on Friday."),
        (
            "The court asked whether the harbour law applies to every ferry.",
            "On Friday the court asked whether the harbour law applies to every ferry in the bay.",
        ),
        (
            "Holt did not actually see the ferry.",
            "Telling was backtracking, saying that Holt, a sailor, did not actually see the ferry.",
        ),
        (
            "The U.S. judge in Osterby, D.C., ruled for J.B. Holt.",
            "On Friday the U.S. judge in Osterby, D.C., ruled for J.B. Holt of Lurgan.",
        ),
        (
            "Holt broke his jaw.",
            "Holt, of Lurgan, broke his jaw while playing tennis, officials said.",
        ),
        (
            "Holt is expecting a child.",
            "Holt and his wife Mara Telling is expecting a child in May.",
        ),
        ("Had had is good English, a union said.", "Had had is good English, a union said today."),
        ("Holt has yet to reach the pier.", "Holt has not yet reached the pier."),
        ("Because the tide was low, it ran aground.", "It ran aground because the tide was low."),
        ("Ferries should avoid the pier.", "Ferries were warned to avoid the pier."),
        ("It was an hour-long talk in a university.", "It was an hour-long talk in a university."),
        (
            "The port authority said on Tuesday that the bridge would reopen.",
            "The port authority said late on Tuesday that the bridge would reopen.",
        ),
    ],
)
def test_a_figure_date_or_speaker_in_another_form_passes(text: str, source: str) -> None:
    """The same number, day and person."""
    assert check_of(text, source) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It was the worst storm in three decades.", "It was the worst storm in 30 years."),
        ("It was closed for fourteen days.", "It was closed for two weeks."),
        ("It was closed for more than 60 minutes.", "It was closed for more than an hour."),
        ("More than 50 percent of the ferries were late.", "Over half of the ferries were late."),
        ("One in two ferries was late.", "Half of the ferries were late."),
        ("They earn at least 15 crowns.", "They earn a minimum of 15 crowns."),
        ("Ferries may use the pier.", "Ferries are allowed to use the pier."),
    ],
)
def test_a_fact_in_other_words_is_left_to_the_verifier(text: str, told: str) -> None:
    """The words are not the sources', which a verifier may excuse; no fact is wrong."""
    found = attribute(text, [source(told)], AttributeTuning())
    assert found.verdict is not None
    assert not found.veto


@pytest.mark.parametrize(
    ("text", "told", "check"),
    [
        (
            "The pier was never safe and all of us knew it.",
            "“The pier was never safe and all of us knew it,” Mara Telling said on Friday.",
            Check.QUOTE,
        ),
        (
            "The pier was never safe and all of us knew it.",
            "The pier was never safe and all of us knew it.” She left the room.",
            Check.QUOTE,
        ),
        (
            "The council knew of the cracks in the old pier.",
            "The council knew of the cracks in the old pier, Mara Telling said on Friday.",
            Check.POLARITY,
        ),
        (
            "The council knew of the cracks in the old pier.",
            "Mara Telling, a diver, said on Friday that the council knew of the cracks in the old"
            " pier.",
            Check.POLARITY,
        ),
        (
            "The council knew of the cracks in the old pier.",
            "According to two people in the room, the council knew of the cracks in the old pier.",
            Check.POLARITY,
        ),
    ],
)
def test_a_statement_may_not_lose_who_makes_it(text: str, told: str, check: Check) -> None:
    """A quotation without marks and speaker, and what a person says, are no facts."""
    assert check_of(text, told) is check


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "The pier was never safe and all of us knew it, Telling said.",
            "“The pier was never safe and all of us knew it,” Mara Telling said on Friday.",
        ),
        (
            "Two ferries ran aground in the fog on Monday.",
            "Two ferries ran aground in the fog on Monday, the coastguard service said.",
        ),
        (
            "Mara Telling, a diver of Lurgan, left the room.",
            "Mara Telling, a diver of Lurgan, left the room and said that the pier was not safe.",
        ),
    ],
)
def test_a_statement_that_is_attributed_or_official_passes(text: str, told: str) -> None:
    """So does what the source says itself."""
    assert check_of(text, told) is None


def test_words_of_two_sources_may_not_make_a_third_statement() -> None:
    """The role is of one sentence, responsible for the crash of the other."""
    text = "Rusk said the shipyard role was responsible for the crash at the breakwater."
    assert check_of(text, ROLE, CAUSE) is Check.RECOMBINATION


@pytest.mark.parametrize(
    "text",
    [
        "Joanna Rusk, the harbour master, was responsible for the crash at the breakwater.",
        "The harbour master, who was responsible for the crash at the breakwater, denied it.",
        "The harbour master denied that and was responsible for the crash at the breakwater.",
        "The harbour master said the captain was responsible for the crash at the breakwater.",
    ],
)
def test_a_predicate_may_not_pass_to_another_subject(text: str) -> None:
    """Not after an apposition, a relative, a conjunction, or "said"."""
    denial = "Joanna Rusk, the harbour master, denied that the tide was to blame and denied it."
    assert check_of(text, denial, CAUSE) is Check.RECOMBINATION


def test_a_predicate_of_another_source_may_be_added_to_the_same_person() -> None:
    """Both sources name him."""
    arrest = "Piet Valdane, the captain of the ferry, was arrested at the quay on Friday."
    text = "Piet Valdane, the captain of the ferry, was responsible for the crash, they said."
    assert check_of(text, arrest, CAUSE) is None


def test_one_denial_of_two_may_not_be_lost() -> None:
    """Although the word is still there."""
    both = "The board did not warn the ferry because it did not know of the tide."
    text = "The board did warn the ferry because it did not know of the tide."
    assert check_of(text, both) is Check.POLARITY


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (
            "The bridge will open in May.",
            "The bridge may open in May, engineers told the council.",
        ),
        (
            "The storm reached the coast on Sunday.",
            "The storm is expected to reach the coast on Sunday.",
        ),
        (
            "Engineers restarted the second reactor at Brennick.",
            "Engineers hope to restart the second reactor at Brennick.",
        ),
        (
            "The minister resigned on Sunday.",
            "The minister said on Sunday that she would resign once a successor was found.",
        ),
        (
            "Two men set fire to the library.",
            "Police arrested two men on suspicion of setting fire to the library.",
        ),
        (
            "The spokesman confirmed that the hostages were free.",
            "The spokesman declined to confirm that the hostages were free.",
        ),
        (
            "The union will strike on Monday.",
            "The union will strike on Monday unless the talks resume.",
        ),
        ("All of the shops are empty.", "Some of the shops are empty."),
        ("The bank knew of the fraud.", "Two clerks allege that the bank knew of the fraud."),
        ("The pier was not safe.", "The pier was safe."),
        ("The pier was closed.", "The pier was partly closed."),
        ("No injuries were not reported.", "No injuries were reported."),
    ],
)
def test_force_is_neither_lost_nor_gained(text: str, source: str) -> None:
    """What may be, is planned, denied or claimed is not told as a fact, nor a fact denied."""
    assert check_of(text, source) is Check.POLARITY


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (
            "The ministry denied that the talks had collapsed.",
            "Reports that the talks had collapsed were denied by the ministry.",
        ),
        (
            "The bridge could open in May, engineers told the council.",
            "The bridge may open in May, engineers told the council.",
        ),
        (
            "Casterby Motors will cut 1,400 jobs.",
            "Casterby Motors said it would cut 1,400 jobs.",
        ),
        (
            "The spokesman would not confirm that the hostages were free.",
            "The spokesman declined to confirm that the hostages were free.",
        ),
        (
            "The bank knew of the fraud, two clerks said.",
            "Two clerks allege that the bank knew of the fraud.",
        ),
    ],
)
def test_force_in_other_words_is_kept(text: str, source: str) -> None:
    """ "Declined to" is "would not"."""
    assert check_of(text, source) is not Check.POLARITY


def test_a_house_number_denies_nothing() -> None:
    """ "No. 5" may be left out."""
    ranked = "No. 5 Casterby beat Wendmouth in the last match of the season."
    assert check_of("Casterby beat Wendmouth in the last match.", ranked) is None


def test_a_clause_of_another_source_may_be_added() -> None:
    """Joined at a comma, each part whole."""
    text = "At least 30 people were injured, and Piet Valdane was responsible for the crash."
    assert check_of(text, LEAD, CAUSE) is None


def test_a_headline_needs_no_final_mark() -> None:
    """A sentence does."""
    text = "Ferry struck a breakwater in Port Callan"
    assert check_of(text, LEAD, headline=True) is None
    assert check_of(text, LEAD) is Check.FORM


def test_evidence_is_the_best_passage_of_each_article_best_first() -> None:
    """The article that says something else is not cited."""
    half = "People were injured when the ferry struck the wall at Port Callan."
    candidates = [source(half, 0), source(DENIAL, 1), source(LEAD, 2), source(CAUSE, 2, 1)]
    cited = evidence_for(LEAD, candidates, AttributeTuning())
    assert [e.article for e in cited] == [2, 0]
    assert cited[0].score > cited[1].score


def test_there_is_always_some_evidence() -> None:
    """The nearest passage, with the score it deserves."""
    [only] = evidence_for("Violins were tuned.", [source(LEAD)], AttributeTuning())
    assert only.score == 0.0


SUMMIT = "The duke said there is a chance a summit with the queen next month may not happen."
JOBS = "The ports added 136 jobs in May, the ministry said."
CRANES = "Cranes were sold for 22 crowns in May, but only two of the buyers have paid."


@pytest.mark.parametrize(
    ("text", "sources", "check"),
    [
        ("The duke said there is a chance a summit with the queen.", (SUMMIT,), Check.FORM),
        (
            "The ports added 136 jobs in May, but only two of the buyers have paid.",
            (JOBS, CRANES),
            Check.RECOMBINATION,
        ),
    ],
)
def test_what_a_sentence_lost_or_took_over_is_seen(
    text: str, sources: tuple[str, ...], check: Check
) -> None:
    """The predicate of its last clause, another statement's exception."""
    assert check_of(text, *sources) is check


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("There is a chance a summit with the queen next month may not happen.", (SUMMIT,)),
        (
            "The duke spoke of a summit with the queen.",
            (SUMMIT, "He held a summit with the queen."),
        ),
        (
            "The wall was mended by the harbour board of Port Callan.",
            ("The harbour board of Port Callan has mended the wall.",),
        ),
    ],
)
def test_what_is_whole_passes(text: str, sources: tuple[str, ...]) -> None:
    """With its predicate; as another source ends; a passive, which ends in what was the subject."""
    assert check_of(text, *sources) is not Check.FORM


def test_an_exception_may_stand_behind_its_own_statement() -> None:
    """In fewer words."""
    text = "Cranes were sold in May, but only two of the buyers have paid."
    assert check_of(text, JOBS, CRANES) is None
