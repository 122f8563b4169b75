"""Wires checkpoints, engines, scheduler and ports into the models of a server."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from transformers import AutoConfig, GenerationConfig

from newsfold.model.checkpoint import (
    EMBEDDED,
    CheckpointRefused,
    find_embedder,
    find_verifier,
    find_writer,
)
from newsfold.model.cohorts import Cohorts
from newsfold.model.decoder import is_supported
from newsfold.model.device import DTYPES, bfloat16_pays, choose_device, use_threads
from newsfold.model.embedder import SentenceEncoder, TextWindows
from newsfold.model.engine import Kept, NobodyObserves
from newsfold.model.heeded import left_to_generate, left_to_nobody
from newsfold.model.profiles import profile_for
from newsfold.model.recorded import GraphRecorder
from newsfold.model.scheduled import ScheduledEmbedder, ScheduledVerifier, ScheduledWriter
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine, encoder_states
from newsfold.model.verifier import ROW_TOKENS, ClaimRows, Verifier
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Claim, Strategy, Task, WriteJob

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from newsfold.model.engine import EngineObserver
    from newsfold.model.prompt import Profile
    from newsfold.model.stepping import EncoderStates

_log = logging.getLogger(__name__)

AUTO = "auto"
NONE = "none"
"""Instead of a verifier."""
QUEUE_TOKENS = 16_000_000
"""Encoder tokens of all waiting rows. Admission bounds requests long before; this bounds memory."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What GetServiceInfo says of a model."""

    name: str
    sha256: str
    family: str
    dtype: str
    max_input_tokens: int


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded models. `close` them."""

    embedder: ScheduledEmbedder
    writer: ScheduledWriter
    verifier: ScheduledVerifier | None
    embedder_info: ModelInfo
    writer_info: ModelInfo
    verifier_info: ModelInfo | None
    device: str
    """For example "cpu" or "cuda:0"."""
    scheduler: Scheduler

    @property
    def infos(self) -> dict[str, ModelInfo]:
        """By role."""
        found = {"writer": self.writer_info, "embedder": self.embedder_info}
        return found if self.verifier_info is None else found | {"verifier": self.verifier_info}

    async def warm_up(self) -> None:
        """Real work for each model. Raises ModelFailed if any comes to nothing."""
        text = "The harbour bridge reopened on Tuesday after two weeks of repairs, officials said."
        rewrites = self.writer.strategy is Strategy.REWRITER
        task = Task.COMPRESS if rewrites else Task.SUMMARIZE
        job = WriteJob(task, ((text,),), num_beams=4, target_words=12)
        await asyncio.gather(self.embedder.embed([text]), self.writer.write([job]))
        if self.verifier:
            await self.verifier.verify([Claim("The harbour bridge reopened on Tuesday.", (text,))])

    def close(self, *, drain: bool = False) -> None:
        """Stop the device thread; see `Scheduler.close`. Blocks."""
        self.scheduler.close(drain=drain)


def load_models(
    *,
    model: str = EMBEDDED,
    model_revision: str | None = None,
    model_sha256: str | None = None,
    embedder: str = EMBEDDED,
    embedder_revision: str | None = None,
    embedder_sha256: str | None = None,
    verifier: str = EMBEDDED,
    device: str = AUTO,
    dtype: str = AUTO,
    threads: int = 0,
    cuda_graphs: bool = True,
    batch_tokens: int = 8_192,
    embed_cache_entries: int = 20_000,
    write_cache_entries: int = 2_000,
    state_cache_mib: int = 64,
    observer: EngineObserver | None = None,
) -> Models:
    """Find, verify and load the models and start the device thread. Blocks for seconds.

    Raises CheckpointRefused, whose text is one line for the operator.
    """
    where = choose_device(device)
    use_threads(threads)
    encoder_files = find_embedder(embedder, embedder_revision, embedder_sha256)
    writer_files = find_writer(model, model_revision, model_sha256)
    vocabulary = Vocabulary(writer_files)
    profile = profile_for(writer_files, vocabulary)
    windows = TextWindows(encoder_files)
    # In a thread that ends with the loading. OpenMP keeps a team for each thread that computed in
    # parallel, and once they are more threads than cores, all wait more idly: beside the team of a
    # thread that had only loaded, the device thread wrote 17 rows a second in place of 29. To
    # choose the arithmetic is to compute, too.
    with ThreadPoolExecutor(1, "newsfold-loading") as loading:
        arithmetic = loading.submit(_dtype, dtype, profile, where, writer_files.directory).result()
        encoder = loading.submit(SentenceEncoder, encoder_files, where).result()
        judge = (
            None
            if verifier == NONE
            else loading.submit(Verifier, find_verifier(verifier), where).result()
        )
        writing = loading.submit(
            writing_engine,
            writer_files.directory,
            device=where,
            dtype=arithmetic,
            cuda_graphs=cuda_graphs,
            states=encoder_states(
                state_cache_mib * 2**20,
                partial((observer or NobodyObserves()).looked_up, Kept.STATES),
            )
            if state_cache_mib
            else None,
        ).result()
    scheduler = Scheduler(
        embedding=encoder,
        writing=writing,
        verifying=judge,
        batch_tokens=batch_tokens,
        queue_tokens=QUEUE_TOKENS,
        observer=observer,
    )
    return Models(
        embedder=ScheduledEmbedder(
            windows=windows,
            scheduler=scheduler,
            sha256=encoder_files.sha256,
            cache_entries=embed_cache_entries,
        ),
        writer=ScheduledWriter(
            profile=profile,
            vocabulary=vocabulary,
            scheduler=scheduler,
            sha256=writer_files.sha256,
            dtype=_name(arithmetic),
            cache_entries=write_cache_entries,
        ),
        verifier=None
        if judge is None
        else ScheduledVerifier(
            rows=ClaimRows(judge.checkpoint), scheduler=scheduler, sha256=judge.checkpoint.sha256
        ),
        embedder_info=ModelInfo(
            name=encoder_files.name,
            sha256=encoder_files.sha256,
            family="bert",
            dtype=_name(encoder.dtype),
            max_input_tokens=windows.max_tokens,
        ),
        writer_info=ModelInfo(
            name=writer_files.name,
            sha256=writer_files.sha256,
            family=profile.family,
            dtype=_name(arithmetic),
            max_input_tokens=profile.max_input_tokens,
        ),
        verifier_info=None
        if judge is None
        else ModelInfo(
            name=judge.checkpoint.name,
            sha256=judge.checkpoint.sha256,
            family="bert",
            dtype=_name(judge.dtype),
            max_input_tokens=ROW_TOKENS,
        ),
        device=str(where),
        scheduler=scheduler,
    )


def writing_engine(
    directory: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    cuda_graphs: bool = True,
    states: EncoderStates | None = None,
) -> SteppingEngine | Cohorts:
    """The fastest engine that knows the architecture and heeds what the checkpoint asks for.

    What goes through `generate` keeps no encoder states. Raises CheckpointRefused.
    """
    model = load_seq2seq(directory, device=device, dtype=dtype)
    settings = model.generation_config
    if impossible := left_to_nobody(settings):
        raise CheckpointRefused(
            f"the generation_config of {directory} sets {', '.join(impossible)}, which nothing here"
            " can do: take it out"
        )
    if is_supported(model.config):
        unknown = left_to_generate(settings)
        if not unknown:
            graphed = cuda_graphs and device.type == "cuda"
            return SteppingEngine(model, dtype, GraphRecorder(device) if graphed else None, states)
        _log.warning(
            "engine.cohorts: checkpoint %s sets %s, which our own loop does not know; it runs"
            " through generate, in cohorts",
            directory,
            ", ".join(unknown),
        )
    return Cohorts(Seq2SeqEngine(model))


def _will_be_ours(directory: Path) -> bool:
    """Whether `writing_engine` will give our own loop, from the files. Raises CheckpointRefused."""
    try:
        config = AutoConfig.from_pretrained(
            directory, local_files_only=True, trust_remote_code=False
        )
        return is_supported(config) and not left_to_generate(_settings(directory))
    except (ValueError, OSError) as error:
        raise CheckpointRefused(f"{directory} cannot be loaded: {error}") from error


def _settings(directory: Path) -> Any:
    """The GenerationConfig that a model gets: of its own file, else of what config.json has."""
    try:
        return GenerationConfig.from_pretrained(directory, local_files_only=True)
    except OSError:
        return GenerationConfig.from_pretrained(
            directory,
            config_file_name="config.json",
            local_files_only=True,
            _from_model_config=True,
        )


def _dtype(name: str, profile: Profile, device: torch.device, directory: Path) -> torch.dtype:
    """The arithmetic of the writer. Raises CheckpointRefused where a family breaks in it.

    `auto` is bfloat16 where it pays, but on a CPU in our own loop only: `generate` pads, and in
    bfloat16 a row can come out otherwise in a batch than alone.
    """
    if name == AUTO:
        alike = device.type != "cpu" or _will_be_ours(directory)
        return DTYPES["bfloat16" if alike and bfloat16_pays(device) else "float32"]
    if name == "float16" and profile.breaks_in_float16:
        raise CheckpointRefused(
            f"{profile.family} breaks in float16 (its activations overflow):"
            " use bfloat16 or float32"
        )
    if name == "float16" and device.type == "cpu":
        raise CheckpointRefused("float16 needs a CUDA device; on a CPU use bfloat16 or float32")
    return DTYPES[name]


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
