"""What sources disagree about is never told as settled, and no side is told alone.

The rule, for a sentence that states one side of a conflict and not another:

1. An extracted sentence gives way to one of its group that says who says so ("police said").
2. The other side is named behind it: "At least 30 people were killed; Northern Times gives the
   number killed as more than 80." Words of the sources and a fixed frame, nothing else; both sides
   are cited, and the sentence counts as written.
3. Where only words of the articles may stand (EXTRACTIVE, another language than English), the
   shortest sentence of the other side is told next.

A conflict is named once, where it is first told. A sentence that has no room for its other side
gives way to others of the plan, or else of the story; it stays where the story has no other. A
headline names the other side in brackets or, of words of the articles alone, beside its title.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for, support_of
from newsfold.pipeline.conflicts import is_told_of, opposed, side_of_title, sides_taken
from newsfold.pipeline.fitting import Candidate, count_words, fit
from newsfold.pipeline.select import awkward
from newsfold.pipeline.settling import extracted, source_count
from newsfold.pipeline.types import Origin
from newsfold.pipeline.wording import is_attributed, joined, lower_first, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from newsfold.pipeline.material import Material
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import Conflict, ConflictSide, Evidence, Sentence, SummarySentence

_ENGLISH = frozenset(("en", ""))
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

    def fitted(self, candidates: Sequence[Candidate], most: int | None) -> list[Candidate]:
        """Those of the settled candidates that fit, none without its other side.

        At most `most` sentences; None is no bound.
        """
        left = list(candidates)
        chosen: list[Candidate] = []
        while left:
            fitting = fit(left, self._material.plan.target_words, most)
            chosen = self._once(fitting)
            alone = self._alone(chosen)
            if alone is None:
                return chosen
            left = [candidate for candidate in left if candidate is not fitting[alone]]
        return self._instead() or self._pair(candidates, most) or chosen

    def _pair(self, candidates: Sequence[Candidate], most: int | None) -> list[Candidate]:
        """The most important sentence and its answer, whatever their length; none if too many."""
        first = min((candidate.rank for candidate in candidates), default=0)
        pair = [candidate for candidate in candidates if candidate.rank == first]
        return pair if most is None or len(pair) <= most else []

    def headline(self, told: SummarySentence) -> SummarySentence:
        """A headline with the other side of each conflict that it takes a side of."""
        clauses: list[str] = []
        cited: list[Sentence] = []
        for others in self._taken(told.text):
            for side in others[:_NAMED_SIDES]:
                passage = self._shortest(side.evidence)
                cited.append(passage)
                clauses.append(f"{self._source(passage)}: {lower_first(side.value)}")
        if not clauses:
            return told
        if self._compose:
            return self._cited(told, f"{told.text} ({'; '.join(clauses)})", cited)
        beside = self._title_beside(told.text)
        if beside is not None:
            text = f"{told.text} / {beside}"
            return replace(self._cited(told, text, cited), origin=told.origin)
        neutral = self._instead()
        return neutral[0].sentence if neutral else told

    def _title_beside(self, text: str) -> str | None:
        """A title with the other side of each conflict of which `text` takes a side."""
        for article in self._material.articles:
            title = " ".join(article.article.title.split())
            both = f"{text} / {title}"
            if title and not self._taken(both):
                return title
        return None

    def _taken(self, text: str) -> list[tuple[ConflictSide, ...]]:
        """The sides opposed to the one that a headline takes, of each conflict where it does."""
        found = []
        for conflict in self._conflicts:
            taken = side_of_title(text, conflict)
            others = opposed(taken, conflict, self._tuning.conflicts) if taken else ()
            if others:
                found.append(others)
        return found

    def _once(self, chosen: Sequence[Candidate]) -> list[Candidate]:
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

    def _alone(self, chosen: Sequence[Candidate]) -> int | None:
        """The position of the last that tells a side whose other side none of them tells."""
        named = {number for candidate in chosen for number in candidate.named}
        for position in reversed(range(len(chosen))):
            for number, conflict, others in self._open(chosen[position]):
                told = (side for c in chosen for side in sides_taken(c.sentence.text, conflict))
                if number not in named and not set(others).intersection(told):
                    return position
        return None

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
        if candidate.sentence.origin is not Origin.EXTRACTED or not self._settled(candidate):
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
                fair = not self._settled(turned)
                if states and fair and self._stands(member, candidate.extract):
                    return turned
        return candidate

    def _stands(self, member: Sentence, best: Sentence) -> bool:
        """Whether it speaks for its group as well as the best one."""
        tuning = self._tuning.select
        return awkward(member.text, tuning) <= awkward(best.text, tuning)

    def _open(self, candidate: Candidate) -> list[tuple[int, Conflict, tuple[ConflictSide, ...]]]:
        """The conflicts of which it tells one side: number, conflict, other sides."""
        sentence = candidate.sentence
        found = []
        for number, conflict in enumerate(self._conflicts):
            if not is_told_of(conflict, sentence.evidence):
                continue
            taken = sides_taken(sentence.text, conflict)
            others = opposed(taken[0], conflict, self._tuning.conflicts) if len(taken) == 1 else ()
            if others:
                found.append((number, conflict, others))
        return found

    def _settled(self, candidate: Candidate) -> bool:
        """Whether it tells a side of a conflict, and not who says so."""
        text = candidate.sentence.text
        return any(
            not is_attributed(text, side.value)
            for _, conflict, _ in self._open(candidate)
            for side in sides_taken(text, conflict)
        )

    def _worded(self, candidate: Candidate, conflicts: Sequence[Conflict]) -> Candidate:
        """With the other side of each of `conflicts` that it tells, named behind it."""
        open_ = [found for found in self._open(candidate) if found[1] in conflicts]
        if not open_:
            return candidate
        clauses: dict[str, list[str]] = defaultdict(list)
        cited: list[Sentence] = []
        for _, conflict, others in open_:
            for side in others[:_NAMED_SIDES]:
                passage = self._passage(side, candidate)
                cited.append(passage)
                clauses[self._source(passage)].append(said(conflict, side))
        text = joined(candidate.sentence.text, clauses)
        sentence = self._cited(candidate.sentence, text, cited)
        return replace(
            candidate,
            sentence=sentence,
            named=frozenset(number for number, _, _ in open_),
            unnamed=candidate,
        )

    def _cited(self, told: SummarySentence, text: str, more: Sequence[Sentence]) -> SummarySentence:
        """A sentence in a longer form, which cites `more` beside what it cited."""
        known = {(e.article, e.span) for e in told.evidence}
        new = [s for s in dict.fromkeys(more) if (s.article, s.span) not in known]
        evidence = (
            *told.evidence,
            *(e for s in new for e in evidence_for(text, [s], self._tuning.attribute)),
        )
        passages = [self._sentence_at[e.article, e.span].text for e in evidence]
        return replace(
            told,
            text=text,
            origin=Origin.WRITTEN,
            support=support_of(text, passages),
            evidence=evidence,
            source_count=source_count(evidence, self._material),
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
        """Where the side is stated most shortly, by a source that the sentence is not of if any."""
        source_of = self._material.source_of
        own = source_of[candidate.extract.article]
        other = [e for e in side.evidence if source_of[e.article] != own]
        return self._shortest(other or side.evidence)

    def _shortest(self, evidence: Iterable[Evidence]) -> Sentence:
        passages = (self._sentence_at[e.article, e.span] for e in evidence)
        return min(passages, key=lambda passage: count_words(passage.text))

    def _source(self, passage: Sentence) -> str:
        articles = self._material.articles
        article = next(a.article for a in articles if a.index == passage.article)
        return " ".join(article.source.split()) or "another report"
