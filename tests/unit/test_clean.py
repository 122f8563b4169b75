"""Boilerplate goes, news stays, offsets hold."""

import json
import time
from pathlib import Path

import pytest

from newsfold.pipeline.boilerplate import DATELINE, has_residue, is_debris
from newsfold.pipeline.clean import clean
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import Article, CleanArticle

LINES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "cleaning" / "lines.jsonl")
    .read_text("utf-8")
    .splitlines()
]
NEWS = "The council voted on Tuesday to rebuild the bridge before the winter."
MORE = "Work is expected to start in May and to cost the town about £1.2m, the mayor said."


def kept(body: str) -> list[str]:
    """The kept ranges as text."""
    return [body[span.start : span.end] for span in clean(body, CleanTuning())]


NEWS_LINES = [line["text"].strip() for line in LINES if line["label"] == "news"]
DEBRIS_LINES = [line["text"].strip() for line in LINES if line["label"] == "debris"]


def test_what_is_dropped_of_the_labelled_lines_is_debris() -> None:
    """Precision of at least 0.99: 441 lines of news, half of them made to look like debris."""
    lost = [text for text in NEWS_LINES if is_debris(text)]
    found = sum(map(is_debris, DEBRIS_LINES))
    assert found / (found + len(lost)) >= 0.99, lost


def test_debris_is_found_in_the_labelled_lines() -> None:
    """Recall of at least 0.95 on 184 lines of debris."""
    missed = [text for text in DEBRIS_LINES if not is_debris(text)]
    assert 1 - len(missed) / len(DEBRIS_LINES) >= 0.95, missed


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("start", range(0, 441, 21))
def test_an_article_made_of_the_labelled_lines_loses_no_news(start: int, between: str) -> None:
    """A line of debris after every third of news; of a line of news at most its dateline goes.

    The share that may be removed and the splitter have their say too. Credits in brackets are left
    out: a short line above one is its caption, whatever it says.
    """
    news = NEWS_LINES[start : start + 21]
    mixed_in = DEBRIS_LINES[start * 184 // 441 :][:7]
    debris = [line for line in mixed_in if is_debris(line) and not line.startswith("(")]
    lines = [*news]
    for place, line in enumerate(debris):
        lines.insert(4 * place + 3, line)
    body = between.join(lines)
    article = prepare(Article("a", "", body, language="en"), 0, CleanTuning())
    assert isinstance(article, CleanArticle)
    left = [body[span.start : span.end] for span in article.kept]
    told = " ".join(sentence.text for sentence in article.sentences)
    for line in news:
        whole = line in left or any(line == dated_line(line, part) for part in left)
        assert whole, line
        if line[-1:] in ".!?" and len(line.split()) >= 6:
            assert " ".join(line.split()[-4:]) in told, line


def dated_line(line: str, part: str) -> str:
    """`part` with the dateline that `line` has in front of it."""
    match = DATELINE.match(line)
    return line[: match.end()] + part if match else part


@pytest.mark.parametrize(
    "text",
    [
        "Karrholm will become a member of the bloc by 2030, its president said.",
        "She asked the court to consider making a contribution to the costs.",
        "Milk is delivered daily to the school by boat.",
        "He told the crowd to follow him home.",
        "Something went wrong with the engine, the pilot said.",
        "By signing up to the accord, the province gave up its claim.",
        "More from the fund will be released in May.",
        "Reporting by The Callan Courier showed that the firm had paid no tax.",
        "Written by Edwin Harke in 1960, the novel sold 2 million copies.",
        "UPDATE: The minister has resigned, two days after the ferry struck the wall.",
        "Correction: the market fell 10%, which traders call a correction.",
        "Analysis: Brenner's resignation leaves the coalition without a majority.",
        "Subscribe now, the exchange urged small investors.",
        "Sign up for the army today, the posters said, or be drafted.",
        "Picture by picture, the jury went through the album.",
        "Topics: bread, land and peace.",
    ],
)
def test_news_that_opens_like_debris_is_kept(text: str) -> None:
    """Sentences that an earlier set of patterns dropped."""
    assert not is_debris(text)


@pytest.mark.parametrize(
    "text",
    [
        "Story Continued Below",
        "Advertisement Continue reading the main story",
        "( PHOTOS: 12 quotes on the ferry inquiry)",
        "(Lena Orsted/Reuters)",
        "Harbour master faces new questions over tide warning Read more",
        "JUST WATCHED Ferry hits wall Replay More Videos ... MUST WATCH Ferry hits wall 01:07",
        "Ledger Money newsletter Your guide to the week. Email Sign Up By signing up you agree to"
        " receive email newsletters or alerts from the Ledger. You can unsubscribe at any time.",
        "The ferry at the quay in Port Callan on May 4, 2026. REUTERS/Jon Merrick",
        "The opinions expressed by columnists are their own and do not represent the Ledger.",
        "Want the best of the Ledger straight to your inbox? Sign up here.",
    ],
)
def test_debris_of_other_sites_is_found(text: str) -> None:
    """Shapes that recur in the corpora, with invented words."""
    assert is_debris(text)


def test_debris_inside_a_sentence_is_noticed() -> None:
    """A page that was saved as one line."""
    glued = "Open Image Modal The mayor LENA ORSTED via Getty Images The council voted on Tuesday."
    assert has_residue(glued)
    assert not has_residue("Getty sold the land to the town in 1961.")


def test_debris_between_paragraphs_is_removed() -> None:
    """What is left is the reporter's text."""
    body = (
        f"By Mara Telling, Staff Writer\n\n{NEWS}\n\nAdvertisement\n\n{MORE}\n\nShare this article"
    )
    assert kept(body) == [NEWS, MORE]


def test_a_caption_goes_with_its_credit() -> None:
    """Between the image's placeholder and its credit, and unpunctuated before a credit."""
    image = "Open Image Modal\nThe mayor at the bridge on Monday.\nLENA ORSTED via Getty Images"
    caption = "Workers on the east bank\nTam Begley / Reuters"
    assert kept(f"{image}\n\n{NEWS}\n\n{caption}\n\n{MORE}") == [NEWS, MORE]


@pytest.mark.parametrize(
    "dateline",
    [
        "PORT CALLAN, March 10 (HPA) - ",
        "KARRHOLM (AP) — ",
        "(CNN) ",
        "Port Callan (CNN) ",
        "KARRHOLM/GILLAM FALLS (Reuters) - ",
        "CLOSE ",
        "GILLAM FALLS — ",
        "Gillam Falls, May 4 - ",
        "Story highlights ",
    ],
)
def test_a_dateline_is_taken_off_its_sentence(dateline: str) -> None:
    """The sentence starts with its first word."""
    assert kept(f"{dateline}{NEWS}\n\n{MORE}") == [NEWS, MORE]


def test_an_acronym_before_a_dash_is_no_dateline() -> None:
    """The words after a dateline begin a sentence."""
    text = "NATO — which he once called obsolete — will hold its summit in May."
    assert kept(text) == [text]


def test_an_article_of_nothing_but_boilerplate_keeps_nothing() -> None:
    """The caller rejects it."""
    assert kept("Advertisement\n\nRead more\n\nSign up for our newsletter") == []


def test_no_more_than_the_allowed_share_is_removed() -> None:
    """Rules that fit most of an article are more likely wrong than the article."""
    line = "Correction: An earlier version of this story misspelled the name of the harbour master."
    body = "\n".join([*[line] * 9, NEWS])
    assert sum(map(len, kept(body))) >= 0.4 * (len(line) * 9 + len(NEWS))


@pytest.mark.parametrize(
    "text",
    [
        "a " * 500_000,
        "(" * 1_000_000,
        "A. B " * 200_000,
        "\n" * 1_000_000,
        ("sign up | aa newsletter " * 33 + "\n") * 1_250,
        ("Aa Bb Aa BbC | aa via A " * 33 + "\n") * 1_250,
    ],
)
def test_a_megabyte_of_anything_is_cleaned_in_linear_time(text: str) -> None:
    """A bound two orders of magnitude above what it takes; a backtracking pattern never ends."""
    start = time.perf_counter()
    clean(text, CleanTuning())
    assert time.perf_counter() - start < 20
