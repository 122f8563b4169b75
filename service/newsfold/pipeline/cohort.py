"""Vectors of articles about everything, against which "similar" is measured.

Two reports of one week's politics resemble each other more than two reports of one earthquake do,
because everything in politics does. How near an article is to its nearest strangers says how much
of a similarity is its field and not its event (adaptive score normalisation, as speaker
verification does it; Matejka et al. 2017). The cohort is fixed, so an unrelated article of a
request still changes nothing. `training/cohort.py` made it from the train split of neus_clusters.
"""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from newsfold.pipeline.types import Vectors

FILE = "cohort.npz"

_log = logging.getLogger(__name__)


def load(embedder_sha256: str) -> Vectors | None:
    """The cohort's unit vectors, shape (strangers, d); None for another embedder than made it."""
    with files("newsfold.pipeline").joinpath(FILE).open("rb") as file, np.load(file) as packed:
        if str(packed["embedder_sha256"]) != embedder_sha256:
            _log.warning("cohort.absent: similarities are not normalised for this embedder")
            return None
        vectors: Vectors = packed["vectors"].astype(np.float32)
    return vectors


def commonness(vectors: Vectors, cohort: Vectors, nearest: int) -> NDArray[np.float32]:
    """Mean cosine of each vector to its `nearest` strangers, shape (n,)."""
    found = np.partition(vectors @ cohort.T, -nearest, axis=1)[:, -nearest:]
    return np.asarray(found.mean(axis=1), dtype=np.float32)
