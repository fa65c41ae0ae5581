"""From the data directory to everything that training reads."""

import torch

import dataset as datasets
import features
import phrases
import sentences
from heads import Material
from model import layer_norm, picture_features

VERSIONS = 8


def caption_block(dataset, names, embeddings):
    """[n, 5, 384]; a picture with fewer captions repeats them, further captions are left out."""
    block, start = torch.empty(len(names), 5, embeddings.shape[1]), 0
    for row, name in enumerate(names):
        count = len(dataset.captions[name])
        for column in range(5):
            block[row, column] = embeddings[start + column % count]
        start += count
    return block


def phrase_block(dataset, names, captions, cache):
    """[n, 8, 384] phrases of each picture, repeated to fill; a picture without one repeats its captions."""
    found = [phrases.of_picture(dataset.captions[name]) for name in names]
    known = sorted(set().union(*found))
    row = {phrase: number for number, phrase in enumerate(known)}
    embeddings = features.text_features(known, cache)
    return torch.stack(
        [
            embeddings[[row[own[k % len(own)]] for k in range(8)]] if own else captions[n][[k % 5 for k in range(8)]]
            for n, own in enumerate(found)
        ]
    )


class Prepared:
    """Features of the development pictures (`material`), of the test gallery, and of the unpaired sentences."""

    def __init__(self, data, cache):
        self.dataset = dataset = datasets.load(data)
        names = dataset.captioned + dataset.test + dataset.labelled
        pooled, logits = features.image_features(dataset, names, VERSIONS, cache)
        prompts = [f"a photo of a {label}" for label in dataset.labels]
        self.label_embeddings = features.text_features(dataset.labels, cache)
        prompted = features.text_features(prompts, cache)
        x = layer_norm(picture_features(pooled, logits, self.label_embeddings))
        captions = [c for name in dataset.captioned + dataset.test for c in dataset.captions[name]]
        block = caption_block(dataset, dataset.captioned + dataset.test, features.text_features(captions, cache))
        self.sentences = features.text_features(dataset.sentences, cache)
        runs = [run for run in sentences.group(dataset.sentences, self.sentences) if len(run) >= 4]
        count, test_end = len(dataset.captioned), len(dataset.captioned) + len(dataset.test)
        self.material = Material(
            pictures=x[:, :count],
            captions=block[:count],
            phrases=phrase_block(dataset, dataset.captioned, block[:count], cache),
            class_pictures=x[:, test_end:],
            class_texts=torch.stack([self.label_embeddings, prompted], 1),
            groups=torch.stack([self.sentences[(run + run[-1:])[:5]] for run in runs]),
        )
        self.test_pictures, self.test_captions = x[0, count:test_end], block[count:test_end]
