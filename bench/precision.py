"""What fewer bits cost in quality and gain in speed, for the default model: recall of the held-out captions with the
pictures embedded in f32, bf16 and int8, and the picture tower's rate on ready tensors.

    python bench/precision.py DATA

DATA: a folder with images/, captions.csv, labels.csv and sentences.txt, as tools/train_heads takes it; the gallery is the
one that was never trained on. Needs numpy. Prints a Markdown table.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("GLIMPSE_BUILD", ROOT / "build"))
sys.path.insert(0, str(ROOT / "tools/train_heads"))
import dataset  # noqa: E402


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
    gallery = dataset.load(data)
    files = [dataset.image_path(gallery, name) for name in gallery.test]
    captions = [caption for name in gallery.test for caption in gallery.captions[name]]
    owner = numpy.array([i for i, name in enumerate(gallery.test) for _ in gallery.captions[name]])
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
    main(sys.argv[1])
