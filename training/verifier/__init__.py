"""A small cross-encoder that says whether evidence bears a sentence out and whether it is whole.

corrupt     false variants of true (evidence, sentence) pairs
unmined     pairs that were written, and drafts with verdicts
mine        the rows of the rewriter, and the unmined -> pairs
train       pairs -> a run that survives a kill
evaluate    a run against pairs it has not seen
export      a run -> a checkpoint directory with its card

Like the rest of `training` it is no part of the wheel.
"""
