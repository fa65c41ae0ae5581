"""`glimpse bench`: every figure is there and means something. How large it is depends on the machine, so it is not held."""

import os
import pathlib
import unittest

from shell import Shell

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
        self.assertEqual(set(report), {"model", "processor", "processors", "pictures", "picture_tower", "query", "search",
                                       "index"})
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
        self.assert_positive(report["query"], ("count", "p50_ms", "p99_ms"))
        self.assertLessEqual(report["query"]["p50_ms"], report["query"]["p99_ms"])
        self.assertEqual((report["search"]["vectors"], report["search"]["dimension"]), (100_000, 32))
        self.assert_positive(report["search"], ("p50_ms", "p99_ms", "gigabytes_per_second"))
        self.assert_positive(report["index"], ("pictures", "seconds", "pictures_per_second", "efficiency"))
        self.assertLessEqual(report["index"]["pictures"], 12)
        self.assertFalse(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]).exists())  # the user's library is left alone

    def test_without_a_folder_pictures_are_made_and_a_table_is_printed(self):
        table = self.run_glimpse("bench", "--model", TINY_CLIP, "--seconds", 0.01).stdout.decode()
        for words in ("640 x 480", "1920 x 1440", "4000 x 3000", "picture tower", "words to vector", "nearest of 100,000"):
            self.assertIn(words, table)
        self.assertNotIn("index", table)

    def test_a_folder_without_pictures_is_refused(self):
        (self.pictures / "text.jpg").write_bytes(b"this is no picture")
        errors = self.run_glimpse("bench", self.pictures, "--model", TINY_CLIP, "--seconds", 0.01, code=2).stderr.decode()
        self.assertIn("expected pictures", errors)


if __name__ == "__main__":
    unittest.main()
