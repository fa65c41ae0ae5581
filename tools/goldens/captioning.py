#!/usr/bin/env python3
"""CoCa's losses on one batch, which src/autograd/captioning_test.cc holds the Learner to.

    tools/goldens/captioning.py    writes tests/data/training/tiny-coca.goldens (needs torch, open_clip, safetensors)

open_clip's CoCa and CoCaLoss on tests/data/models/tiny-coca, with the weights that open_clip trains it with: contrastive 1,
captioning 2. Sentences are padded to the context of 76, as open_clip's tokenizer has them. Pictures and words are formulas
that the test repeats; one sentence has the id of padding in its midst.
  contrastive, captioning    one number each, weighted
  norm/NAME, values/NAME     the norm of the sum's gradient for each tensor of the file; for four of them all of it
"""
import json
from pathlib import Path

import numpy as np
import torch
from open_clip.coca_model import CoCa
from open_clip.loss import CoCaLoss
from safetensors.numpy import save_file
from training import picture

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/data/models/tiny-coca"
LENGTHS = [5, 8, 3, 6]
WHOLE = ("logit_scale", "visual.attn_pool.query", "text.cls_emb", "text_decoder.cross_attn.1.ln_1_kv.weight")


def words(context):
    ids = torch.zeros(len(LENGTHS), context, dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.tensor([519] + [5 + (7 * row + 3 * j) % 500 for j in range(length - 2)] + [520])
    ids[1, 3] = 0
    return ids


def main():
    torch.set_num_threads(1)
    config = json.loads((MODEL / "open_clip_config.json").read_text())["model_cfg"]
    model = CoCa(**{k: v for k, v in config.items() if k != "custom_text"}).eval()
    state = torch.load(MODEL / "open_clip_pytorch_model.bin", weights_only=True)["state_dict"]
    model.load_state_dict({k.removeprefix("module."): v.float() for k, v in state.items()})
    pixels = torch.from_numpy(np.stack([picture(k) for k in range(len(LENGTHS))]))
    contrastive, captioning = CoCaLoss(caption_loss_weight=2.0, clip_loss_weight=1.0)(
        **model(pixels, words(config["text_cfg"]["context_length"])))
    (contrastive + captioning).backward()

    goldens = {"contrastive": np.array([contrastive.item()], np.float32), "captioning": np.array([captioning.item()], np.float32)}
    for name, parameter in model.named_parameters():
        goldens["norm/" + name] = np.array([parameter.grad.norm().item()], np.float32)
        if name in WHOLE:
            goldens["values/" + name] = parameter.grad.numpy()
    out = ROOT / "tests/data/training/tiny-coca.goldens"
    save_file(goldens, str(out))
    print(f"{out}: contrastive {contrastive.item():.4f}, captioning {captioning.item():.4f}, {len(goldens)} tensors")


if __name__ == "__main__":
    main()
