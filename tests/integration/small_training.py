"""Captioned pictures that a tiny model learns from within seconds, and what a directory holds. Standard library only."""

import csv
import hashlib

from shell import png

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (30, 50, 200), "yellow": (220, 210, 40),
           "white": (240, 240, 240), "black": (12, 12, 12), "pink": (240, 130, 180), "brown": (120, 70, 30)}


def coloured(folder, shades):
    """Pictures of one colour, in several shades of it, each with two captions in data.csv."""
    folder.mkdir(exist_ok=True)
    with open(folder / "data.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "caption"])
        for colour, rgb in COLOURS.items():
            for shade in range(shades):
                name = f"{colour}{shade}.png"
                values = [min(255, channel + 9 * shade * (1 if i == shade % 3 else 0) + 4 * shade)
                          for i, channel in enumerate(rgb)]
                (folder / name).write_bytes(png(40 + shade, 40, values))
                writer.writerows([[name, f"a {colour} wall {shade}"], [name, f"{colour} paint number {shade}"]])


def named_after_themselves(folder):
    """The pictures that are there, captioned with their file names."""
    with open(folder / "data.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "caption"])
        writer.writerows([picture.name, picture.stem.replace("_", " ")] for picture in sorted(folder.glob("*.png")))


def digests(directory):
    """SHA-256 of every file, by name."""
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(directory.rglob("*")) if path.is_file()}
