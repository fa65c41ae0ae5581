#!/usr/bin/env python3
"""The trials behind the recipe, as a Markdown table. Four folds; the test gallery is not touched.

The last two columns are mean average precision on two-word queries: every phrase of phrases.py that two or more
pictures of a fold have is a query, those pictures are right; then only the phrases that begin with a colour.

    trials.py --data DIR --cache DIR [--only WORD]
"""

import argparse
import dataclasses
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import features
import heads
import metrics
import model
import phrases
from material import Prepared
from train_heads import cross_validate

COLOURS = frozenset(
    "black white red green blue yellow orange brown pink purple gray grey tan golden blond blonde".split()
)


class LabelsOnly:
    """No training: the expected class name against the sentence, both as MiniLM has them."""

    def image(self, x):
        return F.normalize(x[..., -384:], dim=-1)

    def text(self, t):
        return t


class Trials:
    def __init__(self, prepared):
        self.prepared = prepared
        self.known = {}

    def contrastive(self, rows, seed=1, versions=None, **options):
        key = (tuple(rows), seed, versions, tuple(sorted(options.items())))
        if key not in self.known:
            self.known[key] = heads.contrastive_head(self.material(versions), rows, seed=seed, **options)
        return self.known[key]

    def correlation(self, rows, versions=None, **options):
        return heads.correlation_head(self.material(versions), rows, **options)

    def material(self, versions):
        full = self.prepared.material
        return dataclasses.replace(
            full, pictures=full.pictures[:versions], class_pictures=full.class_pictures[:versions]
        )

    def ensemble(self, rows, contrastive, dimension=384, scale=1.2, correlation=None, half=True, **options):
        parts = [] if correlation is None else [self.correlation(rows, **correlation)]
        scales = [scale] * len(parts) + [1.0] * contrastive
        parts += [self.contrastive(rows, seed=1 + number, **options) for number in range(contrastive)]
        joined = model.compose(self.prepared.label_embeddings, parts, scales, dimension, self.prepared.sentences)
        return model.round_to_f16(joined) if half else joined

    def table(self):
        yield "expected class name only, no training", lambda rows: LabelsOnly()
        for options in (
            {"versions": 1, "sentence_weight": 0.0, "dropout": 0.3, "dimension": 512, "phrase_share": 0.0},
            {"versions": 1, "dropout": 0.3, "dimension": 512, "phrase_share": 0.0},
            {"versions": 8, "dropout": 0.3, "dimension": 512, "phrase_share": 0.0},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "phrase_share": 0.0},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "phrase_share": 0.3},
            {"versions": 8, "dropout": 0.4, "dimension": 256},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "own_version": 0.2},
            {"versions": 8, "dropout": 0.6, "dimension": 256},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "decay": 0.3},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "epochs": 30},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "epochs": 120},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "sentence_weight": 2.0},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "class_share": 0.1},
            {"versions": 8, "dropout": 0.4, "dimension": 256, "class_share": 0.6},
        ):
            yield f"contrastive: {_words(options)}", lambda rows, o=options: self.contrastive(rows, **o)
        for options in (
            {"versions": 1, "class_share": 0.0, "phrases": 0},
            {"phrases": 0},
            {"phrases": 2},
            {"class_share": 0.0},
            {},
            {"class_share": 0.5},
            {"image_ridge": 3.0},
            {"image_ridge": 30.0},
            {"text_ridge": 1.0},
            {"text_ridge": 3.0},
            {"text_ridge": 1.0, "class_share": 0.5},
            {"text_ridge": 1.0, "dimension": 128},
            {"text_ridge": 1.0, "dimension": 384},
        ):
            yield f"correlation: {_words(options)}", lambda rows, o=options: self.correlation(rows, **o)
        for options in (
            {"contrastive": 2},
            {"contrastive": 4},
            {"contrastive": 1, "correlation": {}},
            {"contrastive": 3, "correlation": {}, "half": False, "dimension": 1024},
            {"contrastive": 3, "correlation": {}, "half": False},
            {"contrastive": 3, "correlation": {}},
            {"contrastive": 3, "correlation": {}, "dimension": 256},
            {"contrastive": 3, "correlation": {"text_ridge": 1.0}},
            {"contrastive": 3, "correlation": {"text_ridge": 1.0}, "scale": 1.7},
            {"contrastive": 3, "correlation": {"text_ridge": 1.0}, "scale": 0.8},
        ):
            yield f"ensemble: {_words(options)}", lambda rows, o=options: self.ensemble(rows, **o)


class ShortQueries:
    """Mean average precision of the phrases of each fold, summed up while the folds go by."""

    def __init__(self, prepared, cache):
        self.pictures = prepared.material.pictures[0]
        self.phrases = [set(phrases.of_picture(prepared.dataset.captions[n])) for n in prepared.dataset.captioned]
        self.known = sorted(set().union(*self.phrases))
        self.embeddings = features.text_features(self.known, cache)

    def precisions(self, trained, rows):
        """(phrase, average precision) of each phrase that two or more of the pictures not in `rows` contain."""
        held_out = sorted(set(range(len(self.phrases))) - set(rows))
        vectors, out = trained.image(self.pictures[held_out]), []
        for number, phrase in enumerate(self.known):
            right = np.array([phrase in self.phrases[row] for row in held_out])
            if right.sum() >= 2:
                order = (vectors @ trained.text(self.embeddings[number])).argsort(descending=True).numpy()
                found = right[order]
                precision = np.cumsum(found) / np.arange(1, len(found) + 1)
                out.append((phrase, precision[found].mean()))
        return out


def _words(options):
    return ", ".join(f"{name} {value}" for name, value in options.items()) or "as in the code"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="", help="run the trials whose name contains this")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    prepared = Prepared(arguments.data, arguments.cache)
    queries = ShortQueries(prepared, arguments.cache)
    columns = ("trial", *metrics.NAMES, "phrases", "colours")
    print("|", " | ".join(columns), "|\n|" + " --- |" * len(columns))
    for name, build in Trials(prepared).table():
        if arguments.only in name:
            precisions = []

            def build_and_ask(rows, build=build, precisions=precisions):
                trained = build(rows)
                precisions += queries.precisions(trained, rows)
                return trained

            result = list(cross_validate(prepared, build_and_ask))
            result.append(np.mean([value for _, value in precisions]))
            result.append(np.mean([value for phrase, value in precisions if phrase.split()[0] in COLOURS]))
            print(f"| {name} |", " | ".join(f"{value:.3f}" for value in result), "|", flush=True)


if __name__ == "__main__":
    main()
