"""Makes a folder of COUNT different JPEGs by cropping the photographs of another folder.

    python bench/make_pictures.py SOURCE DESTINATION COUNT [WIDTHxHEIGHT]

Without a size the longer side has 400 to 500 pixels. With one, as 4000x3000, every picture has it: a photograph that is
smaller is not blown up, which would leave no detail to decode, but laid beside others until the picture is full.
Deterministic. Needs Pillow (bench/requirements.txt).
"""

import pathlib
import random
import sys

from PIL import Image, ImageOps

QUALITY = 88


def photograph(file):
    return ImageOps.exif_transpose(Image.open(file)).convert("RGB")


def scaled_crop(picture, dice):
    share = dice.uniform(0.8, 1.0)
    width, height = int(picture.width * share), int(picture.height * share)
    x, y = dice.randint(0, picture.width - width), dice.randint(0, picture.height - height)
    scale = dice.randint(400, 500) / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return picture.crop((x, y, x + width, y + height)).resize(size, Image.Resampling.BICUBIC)


def filled(files, size, dice):
    """A picture of that size, photographs at their own scale side by side in rows."""
    canvas, x, y, row = Image.new("RGB", size), 0, 0, 0
    while y < size[1]:
        tile = photograph(dice.choice(files))
        left = dice.randint(0, max(0, tile.width - size[0]))
        top = dice.randint(0, max(0, tile.height - size[1]))
        canvas.paste(tile.crop((left, top, tile.width, tile.height)), (x, y))
        row = tile.height - top if x == 0 else min(row, tile.height - top)
        x += tile.width - left
        if x >= size[0]:
            x, y = 0, y + row
    return canvas


def main(source, destination, count, size=None):
    files = sorted(p for p in pathlib.Path(source).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    target = pathlib.Path(destination)
    target.mkdir(parents=True, exist_ok=True)
    dice = random.Random(7)
    for i in range(count):
        picture = filled(files, size, dice) if size else scaled_crop(photograph(files[i % len(files)]), dice)
        picture.save(target / f"{i:06d}.jpg", quality=QUALITY)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]),
         tuple(map(int, sys.argv[4].split("x"))) if len(sys.argv) > 4 else None)
