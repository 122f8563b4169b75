"""The words a rewriter may add are those that targets add, where adding is harmless."""

from tokenizers import Tokenizer

from training.free_words import LEAST, free_words
from training.initialise import minilm_folder
from training.rows import Row


def row(source: str, target: str) -> Row:
    """A fuse row of one sentence."""
    return Row("fuse", "fuse-1", (source,), target, "story", "2020-01")


def test_frequent_additions_are_free_but_no_facts() -> None:
    """Function words and verbs of saying, no negation or hedge, nothing else, nothing rare."""
    source = "The board closed the wall."
    often = row(source, "Officials said the Rusk board may not have closed 30 walls on Monday.")
    rarely = row(source, "The board closed the wall again.")
    rows = [often] * LEAST + [rarely] * (LEAST - 1)
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    found = free_words(rows, tokenizer)
    assert {"said", "have", "on"} <= set(found)
    assert not {"30", "monday", "rusk", "may", "not", "again", "walls", "officials"} & set(found)


def test_the_most_frequent_comes_first() -> None:
    """So that a shorter list is the beginning of a longer one."""
    rows = [row("The wall.", "The wall was there.")] * LEAST
    rows += [row("The wall.", "The wall was here.")] * (LEAST + 1)
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    assert free_words(rows, tokenizer) == ["was", "here", "there"]
