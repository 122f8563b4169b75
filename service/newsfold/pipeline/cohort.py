"""Vectors of articles about everything, against which "similar" is measured.

Two reports of one week's politics resemble each other more than two reports of one earthquake do,
because everything in politics does. How near an article is to its nearest strangers says how much
of a similarity is its field and not its event (adaptive score normalisation, as speaker
verification does it; Matejka et al. 2017). The cohort is fixed, so an unrelated article of a
request still changes nothing. `training/cohort.py` made the one that ships from the train split of
neus_clusters; its vectors are of the embedded encoder. `newsfold calibrate` makes one for another.
"""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from newsfold.pipeline.types import Vectors

FILE = "cohort.npz"
STRANGERS = 600
"""Vectors in a cohort: that of the package has as many."""

_log = logging.getLogger(__name__)


def load(embedder_sha256: str, path: Path | None = None) -> Vectors | None:
    """The cohort's unit vectors, shape (strangers, d), of the package or of a file.

    None if that of the package is of another embedder. A file is asked for, so it has to fit:
    raises ValueError if it is of another embedder or no cohort, OSError if it cannot be read.
    """
    if path is None:
        with files("newsfold.pipeline").joinpath(FILE).open("rb") as file:
            sha256, vectors = _read(file)
        if sha256 == embedder_sha256:
            return vectors
        _log.warning("cohort.absent: similarities are not normalised for this embedder")
        return None
    with path.open("rb") as file:
        try:
            sha256, vectors = _read(file)
        except (KeyError, ValueError, BadZipFile, EOFError) as error:
            raise ValueError(f"{path} holds no cohort") from error
    if sha256 != embedder_sha256:
        raise ValueError(f"{path} is the cohort of another embedder, {sha256[:12]}")
    return vectors


def save(path: Path, vectors: Vectors, embedder_sha256: str) -> None:
    """Write a cohort, vectors in half precision and no text, to exactly `path`."""
    with path.open("wb") as file:
        np.savez_compressed(
            file, vectors=vectors.astype(np.float16), embedder_sha256=np.array(embedder_sha256)
        )


def _read(file: IO[bytes]) -> tuple[str, Vectors]:
    with np.load(file, allow_pickle=False) as packed:
        vectors: Vectors = packed["vectors"].astype(np.float32)
        return str(packed["embedder_sha256"]), vectors


def commonness(vectors: Vectors, cohort: Vectors, nearest: int) -> NDArray[np.float32]:
    """Mean cosine of each vector to its `nearest` strangers, shape (n,)."""
    found = np.partition(vectors @ cohort.T, -nearest, axis=1)[:, -nearest:]
    return np.asarray(found.mean(axis=1), dtype=np.float32)
