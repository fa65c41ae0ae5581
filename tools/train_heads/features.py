"""Tower outputs of every picture and sentence, computed once and kept on disk.

Each picture is seen in several versions: 0 the whole picture, 1 its mirror image, 2.. random crops with slight changes
of light. Hue is left alone because captions name colours. A version depends only on the file name and its number.
"""

import hashlib
import pathlib
import sys

import numpy as np
import torch
from PIL import ImageEnhance, ImageOps

from dataset import image_path
from towers import ImageTower, TextTower, open_picture, to_pixels

BATCH = 32


def _version(picture, name, version):
    if version == 0:
        return picture
    if version == 1:
        return ImageOps.mirror(picture)
    seed = hashlib.sha1(f"{name}/{version}".encode()).digest()
    random = np.random.default_rng(list(seed))
    width, height = picture.size
    area, ratio = random.uniform(0.45, 1.0), np.exp(random.uniform(np.log(3 / 4), np.log(4 / 3)))
    w = min(width, int(round(width * np.sqrt(area * ratio))))
    h = min(height, int(round(height * np.sqrt(area / ratio))))
    left, top = random.integers(0, width - w + 1), random.integers(0, height - h + 1)
    crop = picture.crop((left, top, left + w, top + h))
    if random.random() < 0.5:
        crop = ImageOps.mirror(crop)
    crop = ImageEnhance.Brightness(crop).enhance(random.uniform(0.8, 1.2))
    return ImageEnhance.Contrast(crop).enhance(random.uniform(0.8, 1.2))


def image_features(dataset, names, versions, cache):
    """pooled [versions, n, 1280] and logits [versions, n, 1000] for the pictures `names`."""
    key = hashlib.sha1("\n".join(names).encode()).hexdigest()[:12]
    tower, out = None, []
    for version in range(versions):
        file = pathlib.Path(cache) / f"image_{key}_{version}.npz"
        if not file.exists():
            tower = tower or ImageTower()
            pooled, logits = [], []
            for start in range(0, len(names), BATCH):
                batch = [
                    to_pixels(_version(open_picture(image_path(dataset, name)), name, version))
                    for name in names[start : start + BATCH]
                ]
                p, l = tower(torch.stack(batch))
                pooled.append(p.numpy())
                logits.append(l.numpy())
            np.savez(file, pooled=np.concatenate(pooled), logits=np.concatenate(logits))
            print(f"features: version {version} of {len(names)} pictures", file=sys.stderr, flush=True)
        out.append(np.load(file))
    return tuple(torch.from_numpy(np.stack([part[k] for part in out])) for k in ("pooled", "logits"))


def text_features(sentences, cache):
    """[n, 384] unit-length MiniLM embeddings of the sentences."""
    key = hashlib.sha1("\n".join(sentences).encode()).hexdigest()[:12]
    file = pathlib.Path(cache) / f"text_{key}.npy"
    if not file.exists():
        np.save(file, TextTower()(sentences).numpy())
        print(f"features: {len(sentences)} sentences", file=sys.stderr, flush=True)
    return torch.from_numpy(np.load(file))
