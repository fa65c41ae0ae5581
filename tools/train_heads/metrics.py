"""Text-to-image retrieval over a gallery in which each caption has one right picture."""

import numpy as np
import torch

NAMES = ("R@1", "R@5", "R@10", "MRR")


def ranks(image_vectors, caption_vectors, owner):
    """0-based rank of each caption's own picture."""
    scores = caption_vectors @ image_vectors.T
    return (scores > scores[torch.arange(len(scores)), owner, None]).sum(1).numpy()


def summary(rank):
    return np.array([(rank < 1).mean(), (rank < 5).mean(), (rank < 10).mean(), (1 / (rank + 1.0)).mean()])


def bootstrap(rank, owner, seed=0, times=2000):
    """95 % intervals [2, 4] over resampled pictures, captions of a picture together."""
    random, owner = np.random.default_rng(seed), np.asarray(owner)
    members = [np.flatnonzero(owner == picture) for picture in range(owner.max() + 1)]
    draws = []
    for _ in range(times):
        pictures = random.integers(0, len(members), len(members))
        draws.append(summary(rank[np.concatenate([members[p] for p in pictures])]))
    return np.percentile(draws, [2.5, 97.5], axis=0)
