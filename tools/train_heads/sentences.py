"""Finds which unpaired sentences describe the same photograph.

sentences.txt lists the captions photograph by photograph, sorted inside each, at most five, some left out. The cut into
runs that makes the sentences of a run most alike is found by dynamic programming. Nothing is learnt from pictures here;
the runs teach the text side which differences of wording do not matter.
"""

import re

import numpy as np

MAX_RUN = 5
ALIKE = 0.4  # two sentences of one run should be closer than this cosine
SHORT = 0.3  # price of each sentence missing from a run of five


def group(sentences, embeddings):
    """-> list of index lists, in order, together all sentences."""
    key = [re.sub(r"[^a-z0-9]", "", sentence.lower()) for sentence in sentences]
    near = [None] + [(embeddings[:-k] * embeddings[k:]).sum(1).numpy() - ALIKE for k in range(1, MAX_RUN)]
    best = np.full(len(sentences) + 1, -np.inf)
    best[0] = 0.0
    came_from = np.zeros(len(sentences) + 1, dtype=int)
    for end in range(1, len(sentences) + 1):
        gain = 0.0
        for begin in range(end - 1, max(end - MAX_RUN, 0) - 1, -1):
            if begin + 1 < end and key[begin] > key[begin + 1]:
                break
            gain += sum(near[other - begin][begin] for other in range(begin + 1, end))
            value = best[begin] + gain - SHORT * (MAX_RUN - (end - begin))
            if value > best[end]:
                best[end], came_from[end] = value, begin
    runs, end = [], len(sentences)
    while end:
        runs.append(list(range(came_from[end], end)))
        end = came_from[end]
    return runs[::-1]
