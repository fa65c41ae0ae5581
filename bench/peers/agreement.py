"""How near two .npy files of unit vectors are, row by row (the first as many as the shorter has).

    python bench/peers/agreement.py OURS THEIRS      prints {"worst": ..., "worst_centred": ...}

A seeded model gives nearly the same vector for every picture, so the plain cosine flatters. Centred: after subtracting the
mean of THEIRS, only what tells pictures apart is left.
"""

import json
import sys

import numpy


def worst_cosine(a, b):
    return float(((a * b).sum(1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)).min())


def main(ours_file, theirs_file):
    ours, theirs = numpy.load(ours_file), numpy.load(theirs_file)
    theirs = theirs[:len(ours)]
    mean = theirs.mean(0)
    print(json.dumps({"worst": worst_cosine(ours, theirs), "worst_centred": worst_cosine(ours - mean, theirs - mean)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
