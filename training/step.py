"""One optimisation step: tensors, loss and parameter groups. The same code for CPU and CUDA."""

from collections.abc import Sequence

import torch
from torch.nn import functional
from transformers import BartForConditionalGeneration

from newsfold.model.device import bfloat16_pays
from training.batches import Example
from training.config import TrainSettings
from training.prompt import CLS, PAD


def optimizer_for(
    model: BartForConditionalGeneration, settings: TrainSettings
) -> torch.optim.AdamW:
    """AdamW with three rates; norms and biases are not decayed.

    The encoder is pretrained and the embeddings are shared with the output layer, so both learn
    slower than the decoder.
    """
    rates = {
        "decoder": settings.lr_decoder,
        "encoder": settings.lr_encoder,
        "embeddings": settings.lr_embeddings,
    }
    groups: dict[tuple[str, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        part = "embeddings" if "shared" in name or "embed_" in name else name.split(".")[1]
        groups.setdefault((part, parameter.dim() > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": rates[part],
                "base_lr": rates[part],
                "weight_decay": settings.weight_decay if decayed else 0.0,
            }
            for (part, decayed), parameters in sorted(groups.items(), key=lambda item: item[0])
        ],
        betas=settings.betas,
        fused=True,
    )


def take_step(
    model: BartForConditionalGeneration,
    optimizer: torch.optim.AdamW,
    batch: Sequence[Example],
    factor: float,
    settings: TrainSettings,
) -> torch.Tensor:
    """Trains on one batch at `factor` times the rates; returns the loss per target id.

    Nothing here waits for a GPU: the loss is still on it.
    """
    for group in optimizer.param_groups:
        group["lr"] = factor * group["base_lr"]
    model.train()
    loss = loss_of(model, batch, settings.label_smoothing)
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    optimizer.step()
    return loss.detach()


def loss_of(
    model: BartForConditionalGeneration, batch: Sequence[Example], label_smoothing: float
) -> torch.Tensor:
    """Mean cross-entropy over the target ids, forward pass in bf16 where that is faster.

    Only the positions of real target ids reach the output layer, the dearest one (30,522 wide).
    """
    device = next(model.parameters()).device
    targets = padded([example.target for example in batch])
    real = _sent((targets != PAD).flatten().nonzero()[:, 0], device)
    prompts = _sent(padded([example.prompt for example in batch]), device)
    targets = _sent(targets, device)
    starts = torch.full_like(targets[:, :1], CLS)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bfloat16_pays(device)):
        hidden = model.model(
            input_ids=prompts,
            attention_mask=prompts != PAD,
            decoder_input_ids=torch.cat([starts, targets[:, :-1]], dim=1),
            use_cache=False,
        ).last_hidden_state
        logits = model.lm_head(hidden.flatten(0, 1)[real]) + model.final_logits_bias[0]
    return functional.cross_entropy(
        logits.float(), targets.flatten()[real], label_smoothing=label_smoothing
    )


def _sent(ids: torch.Tensor, device: torch.device) -> torch.Tensor:
    """To a GPU without waiting for what it is at."""
    return ids.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else ids


def padded(sequences: Sequence[Sequence[int]]) -> torch.Tensor:
    """Right-padded ids, (rows, longest)."""
    longest = max(map(len, sequences))
    return torch.tensor([[*ids, *[PAD] * (longest - len(ids))] for ids in sequences])
