"""What fewer bits cost in quality and gain in speed, for the default model: recall of the held-out captions with the
pictures embedded in f32, bf16 and int8, and the picture tower's rate on ready tensors.

    python bench/precision.py DATA

DATA: a folder with images/ and captions.csv (file_name,caption). The gallery is the one that the default model was never
trained on: the 200 captioned pictures whose names' SHA-1 comes first. Needs numpy. Prints a Markdown table.
"""

import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("GLIMPSE_BUILD", ROOT / "build"))
GALLERY = 200


def read_gallery(data):
    """{file name: captions} of the held-out pictures."""
    captions = {}
    with open(data / "captions.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["caption"].strip():
                captions.setdefault(row["file_name"], []).append(row["caption"].strip())
    by_hash = sorted(captions, key=lambda name: hashlib.sha1(name.encode()).hexdigest())
    return {name: captions[name] for name in by_hash[:GALLERY]}


def embed(kind, inputs, precision):
    """Unit vectors [count, dimension] of words ("text") or picture files ("image")."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for at in range(0, len(inputs), 200):
            options = [word for one in inputs[at:at + 200] for word in (f"--{kind}", str(one))]
            subprocess.run([BUILD / "bin/glimpse", "embed", "--precision", precision, "--npy", f"{folder}/v.npy", *options],
                           check=True)
            parts.append(numpy.load(f"{folder}/v.npy"))
    return numpy.concatenate(parts)


def recalls(pictures, captions, owner):
    scores = captions @ pictures.T
    rank = (scores > scores[numpy.arange(len(scores)), owner, None]).sum(1)
    return [(rank < k).mean() for k in (1, 5, 10)]


def main(data):
    gallery = read_gallery(data)
    files = [data / "images" / name for name in gallery]
    captions = [caption for name in gallery for caption in gallery[name]]
    owner = numpy.array([i for i, name in enumerate(gallery) for _ in gallery[name]])
    words = {precision: embed("text", captions, precision) for precision in ("f32", "bf16")}
    reference = embed("image", files, "f32")
    print("| pictures | words | R@1 | R@5 | R@10 | cosine to f32: worst | median | pictures/s |\n|" + " --- |" * 8)
    for precision, of_words in (("f32", "f32"), ("bf16", "f32"), ("int8", "f32"), ("f32", "bf16"), ("int8", "bf16")):
        pictures = embed("image", files, precision)
        cosines = (pictures * reference).sum(1)
        bare = subprocess.run([BUILD / "bin/bare_tower", BUILD / "share/glimpse/models/glimpse-small", "5", precision],
                              capture_output=True, check=True)
        rate = json.loads(bare.stdout)["images_per_second"]
        row = [f"{value:.3f}" for value in recalls(pictures, words[of_words], owner)]
        row += [f"{cosines.min():.4f}", f"{numpy.median(cosines):.4f}", f"{rate:.0f}"]
        print(f"| {precision} | {of_words} | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
