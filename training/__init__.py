"""How the embedded checkpoint was made: mining, training, evaluation and export.

Not part of the wheel, and the service knows nothing of it: they share the prompt format
(`training/prompt.py`), the checkpoint directory that `training.export` writes, and some of the
service's own code for decoding, devices and similarity.
"""
