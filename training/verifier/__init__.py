"""A small cross-encoder that says whether evidence bears a sentence out, and how it is made.

corrupt     false variants of true (evidence, sentence) pairs
mine        the rows of the rewriter -> pairs
train       pairs -> a run that survives a kill
evaluate    a run against pairs it has not seen
export      a run -> a checkpoint directory with its card

Like the rest of `training` it knows nothing of the service.
"""
