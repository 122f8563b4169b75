"""The prompt format of the rewriter: the one thing that training and service must agree on.

    [CLS] task [length] s1 [SEP] s2 [SEP] ... [SEP]

The length tag may be left out; the first version's prompts are therefore still valid. Ids are those
of BERT's uncased vocabulary.
"""

from collections.abc import Sequence

CLS, SEP, PAD = 101, 102, 0
TASK_IDS = {"fuse": 2, "headline": 3, "compress": 4}  # [unused1] [unused2] [unused3]
RESTORE = "restore"
"""A task of training only (`training.restore`)."""
RESTORE_ID = 8  # [unused7]
LENGTH_IDS = {"short": 5, "normal": 6, "long": 7}  # [unused4] [unused5] [unused6]
MAX_INPUTS = 6
MAX_PROMPT_IDS = 192
MAX_TARGET_IDS = 56

# Words in the target: at most the first is short, at most the second is normal, above it is long.
# Near the terciles of the mined targets, so that each tag is seen about equally often.
LENGTH_BOUNDS = {"fuse": (15, 22), "headline": (9, 11), "compress": (8, 11)}


def length_tag(task: str, target_words: int) -> str:
    """The length tag that asks for an output of about `target_words` words."""
    short, normal = LENGTH_BOUNDS["fuse" if task == RESTORE else task]
    return "short" if target_words <= short else "normal" if target_words <= normal else "long"


def build_prompt(
    task: str, sentences: Sequence[Sequence[int]], length: str | None = None
) -> list[int]:
    """Ids of one prompt from the ids of its sentences (without special tokens), <= 192 ids.

    Sentences beyond the sixth are left out. Where all do not fit, each is cut at its end to an
    equal share; what a short one does not need goes to the longer ones.
    """
    tags = [CLS, RESTORE_ID if task == RESTORE else TASK_IDS[task]] + (
        [LENGTH_IDS[length]] if length else []
    )
    kept = sentences[:MAX_INPUTS]
    room = MAX_PROMPT_IDS - len(tags) - len(kept)
    shares = _fair_shares([len(sentence) for sentence in kept], room)
    prompt = tags
    for sentence, share in zip(kept, shares, strict=True):
        prompt = [*prompt, *sentence[:share], SEP]
    return prompt


def _fair_shares(lengths: list[int], room: int) -> list[int]:
    """Max-min fair division of `room` ids among sentences of these lengths."""
    shares = [0] * len(lengths)
    for left, index in zip(
        range(len(lengths), 0, -1),
        sorted(range(len(lengths)), key=lengths.__getitem__),
        strict=True,
    ):
        shares[index] = min(lengths[index], room // left)
        room -= shares[index]
    return shares
