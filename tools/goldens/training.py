#!/usr/bin/env python3
"""The curve of a reference training loop, which src/autograd/reference_loop_test.cc holds the Learner to.

    tools/goldens/training.py      writes tests/data/training/tiny-clip.goldens (needs torch, transformers, safetensors)

50 steps of transformers' CLIPModel on tests/data/models/tiny-clip, by torch alone: the model's own loss, torch.optim.AdamW
with weight decay on tensors of two and more dimensions, clip_grad_norm_, a cosine with warm-up, the temperature learnt and
clamped. Pictures, words and rates are formulas that the test repeats. Nothing is random.
  loss, gradient_norm, logit_scale   [50] each
"""
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import CLIPModel

ROOT = Path(__file__).resolve().parents[2]
STEPS, ROWS, PICTURES, SIZE, TOKENS = 50, 8, 16, 32, 8
PEAK, WARM_UP, DECAY, MOST = 5e-4, 10, 0.5, 1.0


def picture(k):
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    return np.array([1.5 * np.sin(0.05 * (k + 1) * x + 0.03 * (c + 1) * y + c + k) * np.cos(0.011 * (k + 1) * y)
                     for c in range(3)]).astype(np.float32)


def words(k, step):
    """A begin token, words that depend on the picture and, every other step, on another caption of it; an end token."""
    return [519] + [(37 * k + 11 * j + 101 * (step % 2)) % 500 for j in range(TOKENS - 2)] + [520]


def batch(step):
    chosen = [(5 * step + 3 * row) % PICTURES for row in range(ROWS)]
    return (torch.from_numpy(np.stack([picture(k) for k in chosen])),
            torch.tensor([words(k, step) for k in chosen], dtype=torch.long))


def rate(step):
    if step < WARM_UP:
        return PEAK * (step + 1) / WARM_UP
    return PEAK * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / (STEPS - WARM_UP)))


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    model = CLIPModel.from_pretrained(ROOT / "tests/data/models/tiny-clip", attn_implementation="eager").train()
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW([{"params": [p for p in parameters if p.dim() >= 2], "weight_decay": DECAY},
                                   {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0}],
                                  lr=PEAK, betas=(0.9, 0.98), eps=1e-6)
    curves = {"loss": [], "gradient_norm": [], "logit_scale": []}
    for step in range(STEPS):
        pixels, ids = batch(step)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        loss = model(input_ids=ids, pixel_values=pixels, return_loss=True).loss
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, MOST)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        curves["loss"].append(loss.item())
        curves["gradient_norm"].append(norm.item())
        curves["logit_scale"].append(model.logit_scale.exp().item())
    out = ROOT / "tests/data/training/tiny-clip.goldens"
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.array(values, dtype=np.float32) for name, values in curves.items()}, str(out))
    print(f"{out}: loss {curves['loss'][0]:.4f} to {curves['loss'][-1]:.4f}, scale {curves['logit_scale'][-1]:.3f}, "
          f"norm {curves['gradient_norm'][0]:.2f} to {curves['gradient_norm'][-1]:.2f}")


if __name__ == "__main__":
    main()
