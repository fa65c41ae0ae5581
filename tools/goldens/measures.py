#!/usr/bin/env python3
"""Makes tests/data/evaluate/trec_eval.f64: what trec_eval says of 1,000 random runs.

Run:  python tools/goldens/measures.py      (needs pytrec-eval-terrier 0.5.11)

The runs come from a generator that src/evaluate/trec_test.cc repeats (splitmix64, below): a query each, with ties, also
such as only a 32-bit float has, empty judgments, grades from -1 to 3, documents that nobody judged. A row is 22 little-endian doubles: precision,
recall, success, ndcg and binary ndcg at 1, 5, 10 and 20, then map and recip_rank.
"""

import pathlib
import struct

import pytrec_eval

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/data/evaluate/trec_eval.f64"
CUTOFFS = (1, 5, 10, 20)
MEASURES = {f"{name}.{','.join(map(str, CUTOFFS))}" for name in ("P", "recall", "success", "ndcg_cut")} | {"map", "recip_rank"}


class Dice:
    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return (z ^ z >> 31) % bound


def make(number):
    dice = Dice(number)
    documents, levels = 1 + dice.below(40), 1 + dice.below(4)
    judged, returned, kind = dice.below(documents + 1), 1 + dice.below(documents), dice.below(3)
    qrels = {f"d{dice.below(documents)}": dice.below(levels + 1) - (1 if dice.below(8) == 0 else 0) for _ in range(judged)}
    run = {}
    for _ in range(returned):
        name = f"d{dice.below(documents)}"
        score = dice.below(5) / 3 if kind == 0 else dice.below(1 << 20) / 1024 if kind == 1 else 0.1 + dice.below(4) * 1e-10
        run[name] = score
    return qrels, run


def row(number):
    qrels, run = make(number)
    if not qrels:
        return [0.0] * (5 * len(CUTOFFS) + 2)
    graded = pytrec_eval.RelevanceEvaluator({"q": qrels}, MEASURES).evaluate({"q": run})["q"]
    binary = pytrec_eval.RelevanceEvaluator({"q": {d: min(g, 1) for d, g in qrels.items()}}, MEASURES).evaluate({"q": run})["q"]
    values = [graded[f"{name}_{k}"] for name in ("P", "recall", "success", "ndcg_cut") for k in CUTOFFS]
    return values + [binary[f"ndcg_cut_{k}"] for k in CUTOFFS] + [graded["map"], graded["recip_rank"]]


def main():
    OUT.parent.mkdir(parents=True, exist_ok=True)
    rows = [row(number) for number in range(1000)]
    OUT.write_bytes(b"".join(struct.pack(f"<{len(r)}d", *r) for r in rows))


if __name__ == "__main__":
    main()
