"""What sources disagree about is never told as settled.

The rule, for a sentence that states one side of a conflict, not another, and not who says so:

1. An extracted sentence gives way to one of its group that says who says so ("police said").
2. Else the other side is named behind it: "At least 30 people were killed; Northern Times gives the
   number killed as more than 80." Words of the sources and a fixed frame, nothing else; both sides
   are cited, and the sentence counts as written.
3. Where only words of the articles may stand (EXTRACTIVE, another language than English), a
   sentence of the other side is told next, if there is room.

A conflict is named once, where it is first told. A sentence that would be longer with its other
side than the whole summary may be gives way to others of the plan, or else of the story; it stays
where the story has no other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for, support_of
from newsfold.pipeline.conflicts import is_told_of, opposed, sides_taken
from newsfold.pipeline.facts import content_words
from newsfold.pipeline.fitting import Candidate, count_words
from newsfold.pipeline.select import awkward
from newsfold.pipeline.settling import extracted, source_count
from newsfold.pipeline.types import Origin
from newsfold.pipeline.wording import CASUALTIES, is_attributed, joined, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.material import Material
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import Conflict, ConflictSide, Sentence

_ENGLISH = frozenset(("en", ""))
_LEAST_SHARED = 0.55
"""Content words that two sentences share (Jaccard) if a day or a noun of both is of one thing. Of
12 conflicts of days in 200 stories of neus_fulltext train, none was, by reading, of one event, and
none shared more than 0.38; of 5 of nouns, the wrong ones shared up to 0.5."""
_NAMED_SIDES = 2
"""Other sides named behind a sentence; the response's conflicts list all."""


class Disputes:
    """The conflicts of one story, and how its sentences word them."""

    def __init__(self, material: Material, tuning: Tuning, *, compose: bool) -> None:
        self._material, self._tuning = material, tuning
        self._compose = compose and material.language in _ENGLISH
        self._conflicts = material.story.conflicts
        self._sentence_at = {(s.article, s.span): s for s in material.sentences}

    def settle(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates as they may be told, in telling order, before they are fitted."""
        fair = [self._attributed(candidate) for candidate in candidates]
        if not self._compose:
            return [told for candidate in fair for told in (candidate, *self._answers(candidate))]
        worded = [self._worded(candidate, self._conflicts) for candidate in fair]
        target = self._material.plan.target_words
        short = [w for w in worded if not w.named or count_words(w.sentence.text) <= target]
        return short or self._instead() or worded

    def once(self, chosen: Sequence[Candidate]) -> list[Candidate]:
        """The chosen candidates, each conflict named in the first of them that tells it."""
        told: set[int] = set()
        found = []
        for candidate in chosen:
            again = candidate.unnamed
            if again is not None and candidate.named & told:
                left = [c for i, c in enumerate(self._conflicts) if i not in told]
                found.append(self._worded(again, left))
            else:
                found.append(candidate)
            told |= candidate.named
        return found

    def _instead(self) -> list[Candidate]:
        """The first sentence of the story that fits and tells no conflict."""
        tuning, target = self._tuning, self._material.plan.target_words
        for group in self._material.story.groups:
            candidate = extracted(group, 0, self._material, tuning, None)
            text = candidate.sentence.text
            fits = count_words(text) <= target and awkward(text, tuning.select) == 0
            if fits and not self._open(candidate):
                return [candidate]
        return []

    def _attributed(self, candidate: Candidate) -> Candidate:
        """An extracted sentence, or the first of its group that says who says so."""
        if candidate.sentence.origin is not Origin.EXTRACTED or not self._open(candidate):
            return candidate
        groups = (g for g in self._material.plan.groups if candidate.extract in g.sentences)
        for group in groups:
            for member in group.sentences:
                others = tuple(s for s in group.sentences if s is not member)
                turned = extracted(
                    replace(group, sentences=(member, *others)),
                    candidate.rank,
                    self._material,
                    self._tuning,
                    candidate.sentence.verdict,
                )
                states = any(sides_taken(member.text, c) for _, c, _ in self._open(candidate))
                if states and not self._open(turned) and self._stands(member, candidate.extract):
                    return turned
        return candidate

    def _stands(self, member: Sentence, best: Sentence) -> bool:
        """Whether it speaks for its group as well as the best one."""
        tuning = self._tuning.select
        return awkward(member.text, tuning) <= awkward(best.text, tuning)

    def _open(self, candidate: Candidate) -> list[tuple[int, Conflict, tuple[ConflictSide, ...]]]:
        """The conflicts of which it tells one side as settled: number, conflict, other sides."""
        sentence = candidate.sentence
        found = []
        for number, conflict in enumerate(self._conflicts):
            if not is_told_of(conflict, sentence.evidence):
                continue
            taken = sides_taken(sentence.text, conflict)
            others = opposed(taken[0], conflict) if len(taken) == 1 else ()
            others = tuple(s for s in others if self._comparable(candidate, conflict, s))
            if others and not is_attributed(sentence.text, taken[0].value):
                found.append((number, conflict, others))
        return found

    def _worded(self, candidate: Candidate, conflicts: Sequence[Conflict]) -> Candidate:
        """With the other side of each of `conflicts` that it tells, named behind it."""
        open_ = [found for found in self._open(candidate) if found[1] in conflicts]
        if not open_:
            return candidate
        clauses: list[str] = []
        cited: list[Sentence] = []
        for _, conflict, others in open_:
            for side in others[:_NAMED_SIDES]:
                passage = self._passage(side, candidate)
                cited.append(passage)
                clauses.append(f"{self._source(passage)} {said(conflict, side)}")
        text = joined(candidate.sentence.text, "; ".join(clauses))
        known = {(e.article, e.span) for e in candidate.sentence.evidence}
        new = [s for s in dict.fromkeys(cited) if (s.article, s.span) not in known]
        evidence = (
            *candidate.sentence.evidence,
            *(e for s in new for e in evidence_for(text, [s], self._tuning.attribute)),
        )
        passages = [self._sentence_at[e.article, e.span].text for e in evidence]
        sentence = replace(
            candidate.sentence,
            text=text,
            origin=Origin.WRITTEN,
            support=support_of(text, passages),
            evidence=evidence,
            source_count=source_count(evidence, self._material),
        )
        return replace(
            candidate,
            sentence=sentence,
            named=frozenset(number for number, _, _ in open_),
            unnamed=candidate,
        )

    def _answers(self, candidate: Candidate) -> Iterator[Candidate]:
        """A sentence of the other side, word for word, for each conflict it tells one side of."""
        for _, _, others in self._open(candidate):
            passage = self._passage(others[0], candidate)
            for group in self._material.story.groups:
                if passage in group.sentences:
                    members = (passage, *(s for s in group.sentences if s != passage))
                    yield extracted(
                        replace(group, sentences=members),
                        candidate.rank,
                        self._material,
                        self._tuning,
                        None,
                    )

    def _passage(self, side: ConflictSide, candidate: Candidate) -> Sentence:
        """Where the side is stated, of a source that the sentence is not of, if there is one."""
        source_of = self._material.source_of
        own = source_of[candidate.extract.article]
        other = next((e for e in side.evidence if source_of[e.article] != own), side.evidence[0])
        return self._sentence_at[other.article, other.span]

    def _comparable(self, candidate: Candidate, conflict: Conflict, side: ConflictSide) -> bool:
        """Whether the side is of the same thing: the dead of one event are, two days may not be."""
        if conflict.subject in CASUALTIES:
            return True
        own = set(content_words(candidate.sentence.text))
        other = set(content_words(self._passage(side, candidate).text))
        return len(own & other) >= _LEAST_SHARED * len(own | other)

    def _source(self, passage: Sentence) -> str:
        articles = self._material.articles
        article = next(a.article for a in articles if a.index == passage.article)
        return " ".join(article.source.split()) or "another report"
