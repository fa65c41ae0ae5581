"""`glimpse bench`: every figure is there and means something. How large it is depends on the machine, so it is not held."""

import os
import pathlib
import sys
import unittest
import xml.etree.ElementTree

from shell import Shell

PEERS = pathlib.Path(__file__).resolve().parents[2] / "bench/peers"
sys.path.insert(0, str(PEERS))
import cases  # noqa: E402
import page  # noqa: E402
import ratios  # noqa: E402

TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"


class Bench(Shell):
    def assert_positive(self, values, keys):
        for key in keys:
            self.assertGreater(values[key], 0, key)

    def check_pictures(self, pictures):
        self.assertEqual(set(pictures), {"format", "size", "count", "megapixels", "bytes", "decode_per_second",
                                         "decode_megapixels_per_second", "decode_exact_per_second", "prepare_per_second"})
        self.assert_positive(pictures, set(pictures) - {"format", "size"})

    def test_measures_every_part_on_a_folder(self):
        self.some_stamps(12)
        report = self.json("bench", self.pictures, "--model", TINY_CLIP, "--seconds", 0.01)
        self.assertEqual(set(report), {"model", "processor", "processors", "pictures", "picture_tower", "words_tower", "query",
                                       "search", "index"})
        self.assertEqual((report["model"], report["pictures"][0]["format"]), ("tiny-clip", "png"))
        self.assertEqual(sum(p["count"] for p in report["pictures"]), 12)
        for pictures in report["pictures"]:
            self.check_pictures(pictures)
        tower = report["picture_tower"]
        self.assert_positive(tower, ("gflop_per_picture", "batch_size", "streams"))
        self.assertEqual([p["precision"] for p in tower["precisions"]], ["f32", "bf16", "int8"])
        self.assertNotIn("unavailable", tower["precisions"][0])
        for precision in tower["precisions"]:
            if "unavailable" in precision:
                self.assertTrue(precision["unavailable"])
            else:
                self.assert_positive(precision, ("pictures_per_second", "matmul_gflops", "bound_pictures_per_second",
                                                 "share_of_bound"))
        words = report["words_tower"]
        self.assertEqual(words["precisions"][0]["precision"], "f32")
        self.assert_positive(words, ("tokens", "gflop_per_sentence", "memory_gigabytes_per_second"))
        for precision in words["precisions"]:
            self.assert_positive(precision, ("p50_ms", "p99_ms", "weight_megabytes", "read_ms", "multiply_ms", "bound_ms",
                                             "share_of_bound"))
            self.assertEqual(precision["bound_ms"], max(precision["read_ms"], precision["multiply_ms"]))
        # 2 blocks of width 48, feed-forward 96, and 48 numbers to 32; four bytes each
        self.assertAlmostEqual(words["precisions"][0]["weight_megabytes"], 4e-6 * (2 * (4 * 48 * 48 + 2 * 48 * 96) + 48 * 32))
        self.assert_positive(report["query"], ("count", "p50_ms", "p99_ms"))
        self.assertLessEqual(report["query"]["p50_ms"], report["query"]["p99_ms"])
        self.assertEqual((report["search"]["vectors"], report["search"]["dimension"]), (100_000, 32))
        self.assert_positive(report["search"], ("p50_ms", "p99_ms", "gigabytes_per_second"))
        self.assert_positive(report["index"], ("pictures", "seconds", "pictures_per_second", "efficiency"))
        self.assertLessEqual(report["index"]["pictures"], 12)
        self.assertFalse(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]).exists())  # the user's library is left alone

    def test_without_a_folder_pictures_are_made_and_a_table_is_printed(self):
        table = self.run_glimpse("bench", "--model", TINY_CLIP, "--seconds", 0.01).stdout.decode()
        for words in ("640 x 480", "1920 x 1440", "4000 x 3000", "picture tower", "words to vector", "five words", "nearest of 100,000"):
            self.assertIn(words, table)
        self.assertNotIn("index", table)

    def test_a_folder_without_pictures_is_refused(self):
        (self.pictures / "text.jpg").write_bytes(b"this is no picture")
        errors = self.run_glimpse("bench", self.pictures, "--model", TINY_CLIP, "--seconds", 0.01, code=2).stderr.decode()
        self.assertIn("expected pictures", errors)


class PeersPage(Shell):
    """What `make bench-peers` writes, from made-up results: the run itself needs the peers and half an hour."""

    names = {"small": "640 × 480"}
    facts = {"processor": "P", "processors": 2, "flags": ["avx2"], "threads": 2, "glimpse": "glimpse 1", "commit": "abc",
             "changed": "", "versions": {"torch": "2", "onnxruntime": None}, "rounds": 3,
             "counts": {"small": 8, "large": 2, "many": 16, "queries": 5}, "load_before": 0.1, "load_after": 2.0,
             "agreement": {"f32": {"worst": 1.0, "worst_centred": 0.9999}, "int8": {"unavailable": "no"}}}

    def results(self):
        """Ours is measured at 20, 30, 40, theirs at 10 each time; our int8 is refused."""
        keys = {key for row in cases.rows(self.names) for key in (row.ours, row.theirs)}
        keys |= {f"ours index many {precision}" for precision in ("f32", "bf16", "int8")}
        made = {key: [{"value": v if key.startswith("ours") else 10, "memory": 100} for v in (20, 30, 40)] for key in keys}
        return {**made, **{key: [{"unavailable": "int8: not yet"}] for key in keys if key.endswith("int8") and "ours" in key}}

    def test_every_row_names_a_case_that_is_run(self):
        setup = type("Setup", (), {name: pathlib.Path(name) for name in ("model", "bin", "glimpse", "python", "phrases",
                                                                         "vectors")})()
        setup.threads, setup.seconds, setup.pictures = 2, 1, {"small": pathlib.Path("s"), "large": pathlib.Path("l")}
        setup.many = pathlib.Path("m")
        run = [case.key for case in cases.interleaved(setup)]
        self.assertEqual(len(run), len(set(run)))
        for row in cases.rows({"small": "small", "large": "large"}):
            self.assertLessEqual({row.ours, row.theirs}, set(run))
        self.assertLessEqual({f"ours index many {precision}" for precision in ("f32", "bf16", "int8")}, set(run))

    def test_a_ratio_above_one_means_that_ours_is_better(self):
        for row in cases.rows(self.names):
            found = ratios.figures(row, self.results())
            if "int8" in row.ours:
                self.assertIsNone(found)
            elif row.measure == "memory":
                self.assertEqual((found.ours, found.ratio), (100, 1))
            elif row.more_is_better:
                self.assertEqual((found.ours, found.least, found.ratio, found.most), (30, 2, 3, 4))
            else:
                self.assertEqual((found.least, found.ratio, found.most), (0.25, 1 / 3, 0.5))

    def test_the_page_says_what_is_missing_and_the_chart_can_be_read(self):
        page.write(self.directory, self.facts, self.results(), self.names)
        text = (self.directory / "peers.md").read_text()
        self.assertIn("| picture tower, f32 | onnxruntime | 30.0 pictures/s | 10.0 pictures/s | **3.00 ×** (2.00–4.00) |", text)
        self.assertIn("- ours tower int8: int8: not yet", text)
        self.assertNotIn("busy", text)
        page.write(self.directory, {**self.facts, "load_before": 6.0}, self.results(), self.names)
        self.assertIn("busy", (self.directory / "peers.md").read_text())
        chart = xml.etree.ElementTree.parse(self.directory / "peers.svg")
        bars = [e for e in chart.iter() if e.get("class") in ("bar", "behind")]
        self.assertEqual(len(bars), sum(ratios.figures(r, self.results()) is not None for r in cases.rows(self.names)))


if __name__ == "__main__":
    unittest.main()
