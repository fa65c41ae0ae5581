#!/usr/bin/env python3
"""BLIP's losses on one batch, which src/autograd/matching_test.cc holds the Learner to.

    tools/goldens/matching.py      writes tests/data/training/tiny-blip-itm.goldens (needs torch, transformers, safetensors)

transformers' BlipForImageTextRetrieval on tests/data/models/tiny-blip-itm: image-text contrastive, symmetric, at the
temperature 0.07 where BLIP begins (no momentum, no queue), plus image-text matching, cross entropy over 4 right pairs and 8
wrong ones that are given here, not drawn. Pictures and words are formulas that the test repeats.
  contrastive, matching      one number each
  norm/NAME, values/NAME     the norm of the sum's gradient for each tensor of the file; for three of them all of it
"""
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn.functional import cross_entropy, normalize
from training import picture
from transformers import BlipForImageTextRetrieval

ROOT = Path(__file__).resolve().parents[2]
ROWS, TOKENS = 4, 8
LENGTHS = [5, 8, 4, 6]
OTHER_WORDS, OTHER_PICTURE = [2, 0, 3, 1], [1, 3, 0, 2]
WHOLE = ("itm_head.weight", "vision_model.embeddings.class_embedding",
         "text_encoder.encoder.layer.1.crossattention.self.key.weight")


def words():
    ids = torch.zeros(ROWS, TOKENS, dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.tensor([2] + [5 + (7 * row + 3 * j) % 50 for j in range(length - 2)] + [3])
    return ids, (torch.arange(TOKENS)[None] < torch.tensor(LENGTHS)[:, None]).long()


def main():
    torch.set_num_threads(1)
    model = BlipForImageTextRetrieval.from_pretrained(ROOT / "tests/data/models/tiny-blip-itm", attn_implementation="eager").eval()
    pixels = torch.from_numpy(np.stack([picture(k) for k in range(ROWS)]))
    ids, mask = words()
    memory = model.vision_model(pixel_values=pixels).last_hidden_state
    images = normalize(model.vision_proj(memory[:, 0]), dim=-1)
    texts = normalize(model.text_proj(model.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]), dim=-1)
    logits = images @ texts.T / 0.07
    right = torch.arange(ROWS)
    contrastive = (cross_entropy(logits, right) + cross_entropy(logits.T, right)) / 2

    pictures = list(range(ROWS)) + list(range(ROWS)) + OTHER_PICTURE
    sentences = list(range(ROWS)) + OTHER_WORDS + list(range(ROWS))
    scores = model(input_ids=ids[sentences], attention_mask=mask[sentences], pixel_values=pixels[pictures],
                   use_itm_head=True).itm_score
    matching = cross_entropy(scores, torch.tensor([1] * ROWS + [0] * 2 * ROWS))
    (contrastive + matching).backward()

    goldens = {"contrastive": np.array([contrastive.item()], np.float32), "matching": np.array([matching.item()], np.float32)}
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            continue
        goldens["norm/" + name] = np.array([parameter.grad.norm().item()], np.float32)
        if name in WHOLE:
            goldens["values/" + name] = parameter.grad.numpy()
    out = ROOT / "tests/data/training/tiny-blip-itm.goldens"
    save_file(goldens, str(out))
    print(f"{out}: contrastive {contrastive.item():.4f}, matching {matching.item():.4f}, {len(goldens)} tensors, "
          f"chance {-math.log(1 / 3) / 3 - 2 * math.log(2 / 3) / 3:.4f}")


if __name__ == "__main__":
    main()
