"""Synthetic captioned pictures for a trial: so many of one of Tux Paint's stamps, perhaps painted, on a ground.

    python bench/compositions.py OUT [--count 800] [--stamps DIR]

Writes OUT/comp_0000.jpg … and OUT/labels.csv (file_name,label: "two red apples on snow"), the same ones each time, to be
given to `glimpse train --scope new-heads --labelled` beside other labelled pictures. Needs numpy and pillow, and Debian's
tuxpaint-stamps-default. What came of it is in the card of glimpse-small.
"""

import argparse
import colorsys
import csv
import pathlib
import random
import re

import numpy
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 400, 300
COLOURS = {"red": (0, .85), "orange": (.08, .9), "yellow": (.15, .9), "green": (.33, .7), "blue": (.6, .8),
           "purple": (.78, .6), "pink": (.92, .5), "brown": (.07, .6), "black": None, "white": None}  # hue, saturation
GROUNDS = {"green grass": ((70, 140, 50), 25, 3), "a sandy beach": ((215, 190, 140), 12, 4), "snow": ((238, 240, 245), 5, 6),
           "blue water": ((50, 110, 180), 18, 5), "a grey street": ((120, 120, 122), 8, 4),
           "a wooden table": ((150, 100, 60), 14, 7)}  # colour, contrast, grain in pixels
NUMBERS = {1: "a", 2: "two", 3: "three", 4: "four"}
SIZES = {1: 240, 2: 180, 3: 135, 4: 120}


def things_of(stamps):
    """(picture, noun) of each stamp whose description is a noun or two and which is no cartoon and no letter."""
    things = []
    for words in sorted(stamps.rglob("*.txt")):
        picture = words.with_suffix(".png")
        line = words.read_text(encoding="utf-8", errors="ignore").split("\n")[0].strip().rstrip(".!").lower()
        noun = re.fullmatch(r"(?:a|an|the) ([a-z]+(?: [a-z]+)?)", line)
        if noun and picture.exists() and not {"cartoon", "symbols"} & set(picture.parts):
            things.append((picture, noun[1]))
    return things


def painted(picture, colour):
    pixels = numpy.asarray(picture).astype(float) / 255
    light = pixels[..., :3].max(-1)
    if colour == "black":
        rgb = numpy.stack([light * .22] * 3, -1)
    elif colour == "white":
        rgb = numpy.stack([.75 + .25 * light] * 3, -1)
    else:
        rgb = light[..., None] * numpy.array(colorsys.hsv_to_rgb(*COLOURS[colour], .55 if colour == "brown" else 1))
    return Image.fromarray((numpy.concatenate([rgb, pixels[..., 3:]], -1) * 255).astype(numpy.uint8), "RGBA")


def ground_of(name, chance):
    colour, contrast, grain = GROUNDS[name]
    coarse = chance.normal(0, 1, (HEIGHT // grain + 1, WIDTH // grain + 1, 1))
    coarse = numpy.kron(coarse, numpy.ones((grain, grain, 1)))[:HEIGHT, :WIDTH]
    pixels = numpy.array(colour) + contrast * coarse + chance.normal(0, 8, (HEIGHT, WIDTH, 3))
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(1)).convert("RGBA")


def plural(noun):
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("ch", "sh", "x")) else "s")


def composition(things, chance):
    picture, noun = random.choice(things)
    count = random.choice([1, 1, 2, 2, 2, 3, 4])
    colour = random.choice(list(COLOURS)) if random.random() < .5 else None
    ground = random.choice(list(GROUNDS))
    canvas, stamp = ground_of(ground, chance), Image.open(picture).convert("RGBA")
    stamp = painted(stamp, colour) if colour else stamp
    for place in range(count):
        scale = random.uniform(.75, 1) * SIZES[count] / max(stamp.size)
        one = stamp.resize((max(1, int(stamp.width * scale)), max(1, int(stamp.height * scale))))
        one = one.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < .5 else one
        left = (place + .5) / count * WIDTH - one.width / 2
        top = random.uniform(120, 190) - one.height / 2
        canvas.alpha_composite(one, (int(min(max(0, left), WIDTH - one.width)), int(min(max(0, top), HEIGHT - one.height))))
    words = (f"{colour} " if colour else "") + (plural(noun) if count > 1 else noun)
    article = "an" if count == 1 and words[0] in "aeiou" else NUMBERS[count]
    return canvas.convert("RGB"), f"{article} {words} on {ground}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--stamps", type=pathlib.Path, default=pathlib.Path("/usr/share/tuxpaint/stamps"))
    arguments = parser.parse_args()
    random.seed(5)
    chance = numpy.random.default_rng(5)
    things = things_of(arguments.stamps)
    arguments.out.mkdir(parents=True)
    with open(arguments.out / "labels.csv", "w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(["file_name", "label"])
        for number in range(arguments.count):
            picture, label = composition(things, chance)
            picture.save(arguments.out / f"comp_{number:04}.jpg", quality=90)
            rows.writerow([f"comp_{number:04}.jpg", label])


if __name__ == "__main__":
    main()
