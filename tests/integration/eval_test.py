"""`glimpse eval`: how well pictures are found, of captioned pictures and of any system's run."""

import csv
import os
import pathlib
import unittest

from shell import Shell

TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"
MEASURES = {f"{name}@{k}" for name in ("recall", "hit_rate", "precision", "ndcg") for k in (1, 5, 10)} | {"mrr", "map"}


class Eval(Shell):
    def captioned(self, count=12):
        """Real pictures, each with its name as a caption and one that all share."""
        self.some_stamps(count)
        names = sorted(p.relative_to(self.pictures) for p in self.pictures.rglob("*.png"))
        with open(self.pictures / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for name in names:
                writer.writerows([[name, f"a picture of {name.stem}"], [name, "something to find"]])
        return names

    def test_captioned_pictures_both_ways(self):
        names = self.captioned()
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "--worst", 3)
        self.assertEqual((report["pictures"], report["queries"], report["unread"]), (len(names), len(names) + 1, 0))
        for way in ("text_to_image", "image_to_text"):
            values = report[way]
            self.assertEqual(set(values), MEASURES | {"intervals"})
            for name in MEASURES:
                low, high = values["intervals"][name]
                self.assertTrue(0 <= low <= values[name] <= high <= 1, name)
        self.assertEqual(len(report["worst"]), 3)
        self.assertGreaterEqual(report["worst"][0]["rank"], report["worst"][1]["rank"])
        self.assertFalse(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]).exists())  # the user's library is left alone

    def test_its_run_measures_the_same_as_it_does(self):
        self.captioned()
        run, qrels = self.directory / "run", self.directory / "qrels"
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "--write-run", run, "--write-qrels", qrels)
        again = self.json("eval", "--qrels", qrels, "--run", run)
        self.assertEqual(again["queries"], report["queries"])
        for name in MEASURES:
            self.assertAlmostEqual(again[name], report["text_to_image"][name], places=9, msg=name)
        self.assertEqual(len(again["per_query"]), again["queries"])

    def test_labels_pictures_missing_and_rows_broken(self):
        names = self.captioned()
        with open(self.pictures / "data.csv", "a") as file:
            file.write("gone.png,a picture that is not there\nno caption\n")
        (self.pictures / names[0]).write_bytes(b"no picture")
        done = self.run_glimpse("eval", self.pictures, "--model", TINY_CLIP, "--json")
        self.assertIn(b"gone.png", done.stderr)
        self.assertIn(b"expected 2 fields, got 1", done.stderr)
        self.assertIn(f'"pictures":{len(names) - 1}'.encode(), done.stdout)
        (self.pictures / "data.csv").unlink()
        for i, name in enumerate(names[1:]):
            label = self.pictures / ("even" if i % 2 else "odd")
            label.mkdir(exist_ok=True)
            (self.pictures / name).rename(label / f"{i}.png")
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "-K", "1,3")
        self.assertEqual(report["queries"], 2)
        self.assertIn("precision@3", report["text_to_image"])

    def test_says_what_is_missing(self):
        self.assertIn(b"nothing to evaluate", self.run_glimpse("eval", code=2).stderr)
        self.assertIn(b"--qrels and --run go together", self.run_glimpse("eval", "--run", "x", code=2).stderr)
        self.assertIn(b"expected a data.csv", self.run_glimpse("eval", self.pictures, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
