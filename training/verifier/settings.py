"""The recipe of the verifier, in one place: that of the first run of the one that ships.

Rates are per parameter group, and for a GPU; on a CPU batches were of 32 to 48 pairs at 5e-5 to
8e-5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from training.verifier.pairs import BRIEF, DRAFTED, MINED, WRITTEN


@dataclass(frozen=True)
class VerifierSettings:
    """Half of each batch is supported; `layers` are kept from the first on."""

    layers: int = 6
    max_tokens: int = 192
    """Evidence and sentence together; evidence is cut at its end, and first."""
    batch_pairs: int = 256
    shares: Mapping[str, float] = field(
        default_factory=lambda: {MINED: 0.20, WRITTEN: 0.15, BRIEF: 0.35, DRAFTED: 0.30}
    )
    """Of a batch by origin, as far as there are pairs of it."""
    copies: Mapping[str, int] = field(default_factory=lambda: {WRITTEN: 6, BRIEF: 6, DRAFTED: 12})
    """Renamed copies of each pair by origin (`training.verifier.copies`)."""
    whole_weight: float = 0.5
    """Of the loss of the second verdict beside that of the first."""
    lr_encoder: float = 1.6e-4
    lr_head: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    clip: float = 1.0
    warmup_steps: int = 300
    decay_share: float = 0.2
    """Last share of the steps, over which the rates fall to zero."""
    dropout: float = 0.1
    checkpoint_minutes: float = 5.0
    seed: int = 17
