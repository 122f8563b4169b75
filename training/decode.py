"""Writes with a checkpoint: prompts in, plain lower-case text out. For judging, not for serving."""

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from transformers import BartForConditionalGeneration

from newsfold.model.device import bfloat16_pays
from training.prompt import PAD, build_prompt
from training.rows import Row
from training.step import padded


def write(
    model: BartForConditionalGeneration,
    tokenizer: Tokenizer,
    rows: Sequence[Row],
    *,
    length: str | None,
    beams: int,
    batch_rows: int,
) -> list[str]:
    """One output a row, asked for with the same length tag for all (never the target's own)."""
    prompts = [
        build_prompt(
            row.task,
            [e.ids for e in tokenizer.encode_batch(list(row.inputs), add_special_tokens=False)],
            length,
        )
        for row in rows
    ]
    order = sorted(range(len(rows)), key=lambda index: len(prompts[index]))
    outputs = [""] * len(rows)
    device = next(model.parameters()).device
    fast = bfloat16_pays(device)
    model.eval()
    for start in range(0, len(order), batch_rows):
        chosen = order[start : start + batch_rows]
        ids = padded([prompts[index] for index in chosen]).to(device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=fast):
            written = model.generate(
                input_ids=ids,
                attention_mask=(ids != PAD).long(),
                num_beams=beams,
                no_repeat_ngram_size=3,
                min_new_tokens=5,
                max_new_tokens=60,
                do_sample=False,
            )
        for index, found in zip(chosen, written.tolist(), strict=True):
            outputs[index] = tokenizer.decode(found, skip_special_tokens=True)
    return outputs
