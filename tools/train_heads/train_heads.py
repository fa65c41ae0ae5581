#!/usr/bin/env python3
"""Trains the heads of the embedded default model glimpse-small and writes its directory. See README.md."""

import argparse
import hashlib
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

import heads
import metrics
import model
import towers
from material import Prepared

DIMENSION = 384
CONTRASTIVE_HEADS = 3
HEAD_DIMENSION = 256
CORRELATION_SCALE = 1.2
LOGIT_SCALE = 20.0


def train(prepared, rows, seed, dimension=DIMENSION):
    """The whole recipe on the development pictures `rows`."""
    material = prepared.material
    parts = [heads.correlation_head(material, rows, dimension=HEAD_DIMENSION)]
    parts += [
        heads.contrastive_head(material, rows, seed=seed + number, dimension=HEAD_DIMENSION)
        for number in range(CONTRASTIVE_HEADS)
    ]
    scales = [CORRELATION_SCALE] + [1.0] * CONTRASTIVE_HEADS
    return model.round_to_f16(
        model.compose(prepared.label_embeddings, parts, scales, dimension, prepared.sentences)
    )


def caption_ranks(trained, pictures, captions):
    """Ranks of the pictures' captions in the gallery `pictures` [n, 2664], and the owner of each caption."""
    owner = torch.arange(len(captions)).repeat_interleave(captions.shape[1])
    return metrics.ranks(trained.image(pictures), trained.text(captions.flatten(0, 1)), owner), owner


def cross_validate(prepared, build):
    """Mean over four folds of about 200 pictures of what `build(rows)` finds."""
    material, results = prepared.material, []
    for number in range(4):
        held_out = prepared.dataset.fold(number)
        rows = sorted(set(range(len(prepared.dataset.captioned))) - set(held_out))
        rank, _ = caption_ranks(build(rows), material.pictures[0, held_out], material.captions[held_out])
        results.append(metrics.summary(rank))
    return np.mean(results, axis=0)


def describe_file(path):
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}


def manifest(trained, heads_file):
    texts = {f"text/{f.relative_to(towers.text_directory())}": f for f in sorted(towers.text_directory().rglob("*"))}
    kept = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt")
    files = {heads_file.name: heads_file}
    # Measured by `glimpse model calibrate` on the picture tower, which training leaves as it is.
    ranges = heads_file.with_name("activation_ranges.json")
    if ranges.exists():
        files[ranges.name] = ranges
    files[towers.IMAGE_WEIGHTS] = towers.image_weights_path()
    files |= {name: file for name, file in texts.items() if name.removeprefix("text/") in kept}
    return {
        "format": 1,
        "family": "dual",
        "name": "glimpse-small",
        "version": "1",
        "embedding_dimension": len(trained.projection),
        "logit_scale": LOGIT_SCALE,
        "image": {
            "family": "efficientnet_lite",
            "variant": "lite2",
            "weights": towers.IMAGE_WEIGHTS,
            "preprocess": {
                "mode": "squash",
                "filter": "bicubic",
                "size": towers.IMAGE_SIZE,
                "mean": [towers.MEAN] * 3,
                "std": [towers.STD] * 3,
            },
        },
        "text": {"family": "bert", "directory": "text"},
        "heads": heads_file.name,
        "head_count": len(trained.heads),
        "files": {name: describe_file(file) for name, file in files.items()},
    }


def report(prepared, trained):
    rank, owner = caption_ranks(trained, prepared.test_pictures, prepared.test_captions)
    low, high = metrics.bootstrap(rank, owner)
    for name, value, a, b in zip(metrics.NAMES, metrics.summary(rank), low, high):
        print(f"held-out {name} {value:.3f} [{a:.3f}, {b:.3f}]")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="directory with images/, captions.csv, labels.csv, sentences.txt")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="model directory to write")
    parser.add_argument("--cache", default=pathlib.Path("heads-cache"), type=pathlib.Path, help="tower outputs")
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--threads", default=2, type=int, help="part of the result: sums are taken in another order")
    parser.add_argument("--cross-validate", action="store_true", help="also measure the recipe on the four folds")
    parser.add_argument("--held-out", action="store_true", help="also report on the test gallery, at the very end")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.use_deterministic_algorithms(True)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    prepared = Prepared(arguments.data, arguments.cache)
    if arguments.cross_validate:
        result = cross_validate(prepared, lambda rows: train(prepared, rows, arguments.seed))
        print("folds", *(f"{name} {value:.3f}" for name, value in zip(metrics.NAMES, result)), flush=True)
    trained = train(prepared, list(range(len(prepared.dataset.captioned))), arguments.seed)
    if arguments.held_out:
        report(prepared, trained)
    heads_file = arguments.out / "heads.safetensors"
    save_file(model.tensors(trained), heads_file, metadata={"format": "pt"})
    (arguments.out / "glimpse.json").write_text(json.dumps(manifest(trained, heads_file), indent=2) + "\n")


if __name__ == "__main__":
    main()
