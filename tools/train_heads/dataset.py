"""The training material: pictures with captions, pictures with a class name, and captions without pictures.

Reads the directory described in README.md. A picture belongs to the test gallery or to one of the cross-validation
folds by the SHA-1 of its file name alone, so the split never moves and the five captions of a picture stay together.
"""

import csv
import hashlib
import pathlib
from dataclasses import dataclass

TEST_GALLERY_SIZE = 200
FOLD_COUNT = 4


@dataclass
class Dataset:
    root: pathlib.Path
    captioned: list  # file names, development pictures first in hash order, the test gallery excluded
    test: list  # file names of the held-out gallery: never trained on, never used to choose anything
    captions: dict  # file name -> list of captions
    labelled: list  # file names of the 1,000 class pictures, in class-index order
    labels: list  # class names, in class-index order
    sentences: list  # captions of other photographs, which are not here; those of one photograph stand together

    def fold(self, number):
        """Positions in `captioned` of cross-validation fold `number`: every fourth picture in hash order, about 200."""
        return list(range(number, len(self.captioned), FOLD_COUNT))


def _digest(name):
    return hashlib.sha1(name.encode()).hexdigest()


def load(root):
    root = pathlib.Path(root)
    captions = {}
    with open(root / "captions.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = row["caption"].strip()
            if text:
                captions.setdefault(row["file_name"], []).append(text)
    with open(root / "labels.csv", newline="", encoding="utf-8") as file:
        # ImageNet orders its classes by WordNet id, which is the second part of the file name.
        rows = sorted(csv.DictReader(file), key=lambda row: row["file_name"].split("_")[1])
    by_hash = sorted(captions, key=_digest)
    return Dataset(
        root=root,
        captioned=by_hash[TEST_GALLERY_SIZE:],
        test=by_hash[:TEST_GALLERY_SIZE],
        captions=captions,
        labelled=[row["file_name"] for row in rows],
        labels=[row["label"] for row in rows],
        sentences=(root / "sentences.txt").read_text(encoding="utf-8").split("\n")[:-1],
    )


def image_path(dataset, name):
    return dataset.root / "images" / name
