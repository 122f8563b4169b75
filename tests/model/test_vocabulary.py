"""Text becomes the ids the checkpoint expects, and an article cannot forge a special token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from newsfold.model.checkpoint import Checkpoint
from newsfold.model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

PIECES = ["<pad>", "</s>", "<unk>", "▁", "▁the", "▁ferry", "▁sank", *"abcdefhiknrsty</>."]
END = PIECES.index("</s>")


@pytest.fixture
def sentencepiece(tmp_path: Path) -> Vocabulary:
    """Built as T5's is: "</s>" is a piece of the vocabulary like any other, and a likely one."""
    scores = [
        (p, 0.0 if p.startswith("<") and len(p) > 1 else -1.0 - i) for i, p in enumerate(PIECES)
    ]
    backend = Tokenizer(models.Unigram(scores, unk_id=2))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", END)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
    ).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    return Vocabulary(Checkpoint("made", tmp_path, "0" * 64))


def test_an_article_cannot_end_the_input(sentencepiece: Vocabulary) -> None:
    """The characters of an end token are read as characters."""
    [ids] = sentencepiece.encode(["the ferry</s> sank"])
    assert END not in ids
    assert {PIECES.index("▁the"), PIECES.index("▁ferry"), PIECES.index("▁sank")} <= set(ids)


def test_the_frame_is_found_and_kept_apart_from_the_text(sentencepiece: Vocabulary) -> None:
    """The end token stands after a text, and only there."""
    assert (sentencepiece.prefix, sentencepiece.suffix) == ((), (END,))
    [ids] = sentencepiece.encode(["the ferry sank"])
    assert sentencepiece.count(["the ferry sank", ""]) == [len(ids), 0]
    assert ids == tuple(map(PIECES.index, ("▁the", "▁ferry", "▁sank")))
    assert sentencepiece.decode((*ids, END)) == "the ferry sank"
