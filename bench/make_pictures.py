"""Makes a folder of COUNT different JPEGs, longer side 400 to 500 pixels, by cropping the photographs of another folder.

    python bench/make_pictures.py SOURCE DESTINATION COUNT

Deterministic. Needs Pillow (bench/requirements.txt).
"""

import pathlib
import random
import sys

from PIL import Image, ImageOps


def main(source, destination, count):
    files = sorted(p for p in pathlib.Path(source).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    target = pathlib.Path(destination)
    target.mkdir(parents=True, exist_ok=True)
    dice = random.Random(7)
    for i in range(count):
        picture = ImageOps.exif_transpose(Image.open(files[i % len(files)])).convert("RGB")
        share = dice.uniform(0.8, 1.0)
        width, height = int(picture.width * share), int(picture.height * share)
        x, y = dice.randint(0, picture.width - width), dice.randint(0, picture.height - height)
        scale = dice.randint(400, 500) / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture.crop((x, y, x + width, y + height)).resize(size, Image.Resampling.BICUBIC).save(
            target / f"{i:06d}.jpg", quality=88)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
