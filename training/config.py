"""Reads `config.toml` into frozen settings; the only place that knows the file's layout."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from training.fusion import FusionSettings
from training.neighbours import NeighbourSettings
from training.prompt import RESTORE
from training.support import SupportRules

DEFAULT_CONFIG = Path(__file__).with_name("config.toml")


@dataclass(frozen=True)
class DataSettings:
    """Where the releases lie and what is held out of training."""

    folder: Path
    archive: str
    compressions: str
    roundups: str
    held_out_clusters: str
    held_out_story: str
    dev_months: tuple[str, ...]
    same_story_similarity: float


@dataclass(frozen=True)
class MineSettings:
    """What makes a row; each part is documented where it is used."""

    neighbours: NeighbourSettings
    support: SupportRules
    fusion: FusionSettings
    headline_coverage: float
    headline_similarity: float
    restore_share: float
    most_to_least: float
    dev_share_of_compressions: float


@dataclass(frozen=True)
class TrainSettings:
    """The recipe. Learning rates are per parameter group; the schedule is in `schedule.py`."""

    fuse: float
    compress: float
    headline: float
    written: float
    restore: float
    restore_falling: float
    tokens_per_batch: int
    window_rows: int
    untagged: float
    decoder_layers_from: tuple[int, ...]
    label_smoothing: float
    lr_decoder: float
    lr_encoder: float
    lr_embeddings: float
    betas: tuple[float, float]
    weight_decay: float
    clip: float
    warmup_steps: int
    dropout: float
    checkpoint_minutes: float
    checkpoints_kept: int

    def shares(self, *, falling: bool) -> dict[str, float]:
        """Share of rows of each task, while the rate is constant or while it falls."""
        restore = self.restore_falling if falling else self.restore
        tasks = {"fuse": self.fuse, "compress": self.compress, "headline": self.headline}
        return {task: (1 - restore) * share for task, share in tasks.items()} | {RESTORE: restore}


@dataclass(frozen=True)
class EvaluateSettings:
    """Rows of each task that are judged, and how they are decoded."""

    rows: int
    beams: int
    batch_rows: int


@dataclass(frozen=True)
class ExportSettings:
    """How many checkpoints are averaged, and the decoding that the checkpoint asks for."""

    average_last: int
    beams: int
    no_repeat_ngram: int
    min_new_tokens: int
    max_new_tokens: int


@dataclass(frozen=True)
class Config:
    """All settings of one training."""

    seed: int
    data: DataSettings
    mine: MineSettings
    train: TrainSettings
    evaluate: EvaluateSettings
    export: ExportSettings


def load_config(path: Path = DEFAULT_CONFIG, data_folder: Path | None = None) -> Config:
    """Reads the file; unknown or missing keys raise TypeError or KeyError.

    The data folder is `data_folder`, else NEWSFOLD_DATA, else what the file says.
    """
    with path.open("rb") as source:
        raw = tomllib.load(source)
    data, mine, train = raw["data"], raw["mine"], raw["train"]
    folder = data_folder or Path(os.environ.get("NEWSFOLD_DATA") or data["folder"])
    return Config(
        seed=raw["seed"],
        data=DataSettings(**{**data, "folder": folder, "dev_months": tuple(data["dev_months"])}),
        mine=MineSettings(
            neighbours=NeighbourSettings(**mine["neighbours"]),
            support=SupportRules(**mine["support"]),
            fusion=FusionSettings(**mine["fusion"]),
            headline_coverage=mine["headlines"]["min_coverage"],
            headline_similarity=mine["headlines"]["min_similarity"],
            restore_share=mine["restore"]["share"],
            **mine["balance"],
        ),
        train=TrainSettings(
            **{
                **train,
                "betas": tuple(train["betas"]),
                "decoder_layers_from": tuple(train["decoder_layers_from"]),
            }
        ),
        evaluate=EvaluateSettings(**raw["evaluate"]),
        export=ExportSettings(**raw["export"]),
    )
