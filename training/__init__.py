"""How the embedded checkpoint was made: mining, training, evaluation and export.

Not part of the wheel. It knows nothing of the service; the two share only the prompt format
(`training/prompt.py`) and the checkpoint directory that `training.export` writes.
"""
