"""How the embedded checkpoint was made: mining, training, evaluation and export.

Not part of the wheel. The service does not import it; it uses the service's code for decoding,
devices and similarity, and writes the prompt format (`training/prompt.py`) into the checkpoint.
"""
