#!/usr/bin/env python3
"""Writes what torch computes with the committed glimpse-small, for the parity test of the C++ program.

    golden.py --model models/glimpse-small --out tests/data/models/glimpse_small_golden.safetensors

The picture is a pattern, already normalized: pixels[0][c][y][x] = sin(0.01 (c + 1) x + 0.02 y), f32 [1, 3, 260, 260].
Tensors: image.pooled [1, 1280], image.logits [1, 1000], image.embedding [1, D], text.{i}.ids [tokens] i64 and
text.{i}.embedding [1, D]; the sentences are in the metadata as text.{i}. Deviation allowed: cosine >= 0.99999 in f32.
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

from heads import LinearHead
from model import Model, layer_norm, picture_features
from towers import IMAGE_SIZE, ImageTower, TextTower

SENTENCES = (
    "black dog",
    "a woman with blond hair",
    "Two children play on the beach, near the water.",
    "A man in a red T-shirt rides his mountain bike down a steep, rocky trail.",
    "café at night",
)
PARTS = ("image.weight", "image.bias", "text.weight", "text.bias")


def load(directory):
    """The model as glimpse.json and heads.safetensors describe it, in f32."""
    tensors = load_file(directory / "heads.safetensors")
    count = json.loads((directory / "glimpse.json").read_text())["head_count"]
    parts = [
        LinearHead(*(tensors[f"heads.{k}.{part}"].float() for part in PARTS))
        for k in range(count)
    ]
    scales = [tensors[f"heads.{k}.scale"].item() for k in range(count)]
    return Model(tensors["image.label_embeddings"].float(), parts, scales, tensors["projection.weight"].float())


def pattern():
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(IMAGE_SIZE), torch.arange(IMAGE_SIZE), indexing="ij")
    return torch.sin(0.01 * (c.double() + 1) * x + 0.02 * y).float()[None]


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    trained, text = load(arguments.model), TextTower()
    pooled, logits = ImageTower()(pattern())
    x = layer_norm(picture_features(pooled, logits, trained.label_embeddings))
    tensors = {"image.pooled": pooled, "image.logits": logits, "image.embedding": trained.image(x)}
    for number, sentence in enumerate(SENTENCES):
        tensors[f"text.{number}.ids"] = torch.tensor(text.tokenizer(sentence)["input_ids"])
        tensors[f"text.{number}.embedding"] = trained.text(text([sentence]))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        arguments.out,
        metadata={f"text.{number}": sentence for number, sentence in enumerate(SENTENCES)},
    )


if __name__ == "__main__":
    main()
