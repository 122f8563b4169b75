"""What our own loop knows of a transformers GenerationConfig, and what it leaves to `generate`.

Sampling is not among it: both always take what is most likely. Nor are the limits, penalties and
sizes that a `Decoding` carries, which profiles read from the same file.
"""

from __future__ import annotations

from typing import Any

from newsfold.model.beams import Tokens

_ONLY_GENERATE: dict[str, Any] = {
    "begin_suppress_tokens": None,
    "encoder_no_repeat_ngram_size": 0,
    "encoder_repetition_penalty": 1.0,
    "exponential_decay_length_penalty": None,
    "guidance_scale": 1.0,
    "max_time": None,
    "remove_invalid_values": False,
    "repetition_penalty": 1.0,
    "sequence_bias": None,
    "watermarking_config": None,
}
"""What `generate` heeds and our loop does not, with the values that change nothing."""
_NOBODY: dict[str, Any] = {
    "constraints": None,
    "dola_layers": None,
    "force_words_ids": None,
    "num_beam_groups": 1,
    "penalty_alpha": 0.0,
    "stop_strings": None,
    "token_healing": False,
}
"""What `generate` raises on, with some numbers of beams at least: it wants code from the hub for
it, or a tokenizer. A `diversity_penalty` means something between groups of beams only."""


def special_tokens(config: Any) -> Tokens:
    """What a transformers GenerationConfig says of special tokens."""
    ends = config.eos_token_id
    banned = [ids[0] for ids in config.bad_words_ids or [] if len(ids) == 1]
    return Tokens(
        start=int(config.decoder_start_token_id),
        pad=int(config.pad_token_id or 0),
        ends=tuple(ends) if isinstance(ends, list) else (int(ends),),
        forced_first=_single(config.forced_bos_token_id),
        forced_last=_single(config.forced_eos_token_id),
        banned=(*banned, *(config.suppress_tokens or ())),
        renormalises=bool(config.renormalize_logits),
    )


def left_to_generate(config: Any) -> list[str]:
    """The fields of a GenerationConfig that `generate` heeds and our loop does not; ascending."""
    found = _set(config, _ONLY_GENERATE)
    if any(len(ids) > 1 for ids in config.bad_words_ids or []):
        found.append("bad_words_ids")
    for field in ("forced_bos_token_id", "forced_eos_token_id"):
        tokens = getattr(config, field)
        if isinstance(tokens, list) and len(tokens) > 1:
            found.append(field)
    return sorted(found)


def left_to_nobody(config: Any) -> list[str]:
    """The fields of a GenerationConfig that would make `generate` raise; ascending.

    Beside them `early_stopping="never"`, since a `Decoding` says only whether to stop early.
    """
    found = _set(config, _NOBODY)
    if config.early_stopping == "never":
        found.append("early_stopping")
    return sorted(found)


def _set(config: Any, neutral: dict[str, Any]) -> list[str]:
    values = {field: getattr(config, field, None) for field in neutral}
    return sorted(
        field
        for field, value in values.items()
        if value is not None and value != neutral[field] and value != []
    )


def _single(token: int | list[int] | None) -> int | None:
    return token[0] if isinstance(token, list) else token
