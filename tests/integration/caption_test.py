"""Captions: a data.csv that grows, whatever happens in between."""

import csv
import os
import pathlib
import shutil
import signal
import time

from shell import Shell, png

MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
COCA = MODELS / "tiny-coca"  # seeded weights in open_clip's layout
BLIP = MODELS / "tiny-blip-caption"  # and in Hugging Face's


class Captions(Shell):
    def setUp(self):
        super().setUp()
        self.some_stamps(6)
        self.table = self.pictures / "data.csv"

    def caption(self, *arguments):
        return self.json("caption", self.pictures, "--model", COCA, *arguments)

    def rows(self):
        with open(self.table, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_each_picture_gets_a_caption_and_only_once(self):
        done = self.caption()
        self.assertEqual((done["captioned"], done["already"], done["failed"]), (6, 0, 0))
        rows = self.rows()
        self.assertEqual(list(rows[0]), ["file_name", "caption"])
        self.assertEqual([r["file_name"] for r in rows], sorted(p.name for p in self.pictures.glob("*.png")))
        self.assertTrue(all(r["caption"] for r in rows))
        before = self.table.read_bytes()
        self.assertEqual(self.caption()["already"], 6)
        self.assertEqual(self.table.read_bytes(), before)
        (self.pictures / "zoo").mkdir()
        (self.pictures / "zoo/new, one.png").write_bytes(png(40, 30, (200, 10, 10)))
        self.assertEqual(self.caption()["captioned"], 1)
        self.assertEqual(self.rows()[-1]["file_name"], "zoo/new, one.png")
        self.assertEqual(self.table.read_bytes()[:len(before)], before)

    def test_threads_and_runs_do_not_change_what_is_written(self):
        self.caption("--threads", 1)
        first = self.table.read_bytes()
        self.table.unlink()
        self.caption("--threads", 2)
        self.assertEqual(self.table.read_bytes(), first)

    def test_a_record_that_was_cut_is_written_again(self):
        self.caption()
        whole = self.table.read_bytes()
        for size in (len(whole) - 1, len(whole) - 9, 3):
            self.table.write_bytes(whole[:size])
            self.caption()
            self.assertEqual(self.table.read_bytes(), whole, size)

    def test_interrupted_it_goes_on_where_it_stopped(self):
        self.caption()
        whole = self.table.read_bytes()
        self.table.unlink()
        process = self.start_glimpse("caption", self.pictures, "--model", COCA, "--threads", "1")
        while not self.table.exists() or self.table.read_bytes().count(b"\n") < 3:
            self.assertIsNone(process.poll())
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertIn(process.returncode, (0, 130))
        self.caption()
        self.assertEqual(self.table.read_bytes(), whole)

    def test_a_damaged_picture_is_named_and_tried_again(self):
        (self.pictures / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
        done = self.run_glimpse("caption", self.pictures, "--model", COCA)
        self.assertIn("bad.png", done.stderr.decode())
        self.assertEqual(len(self.rows()), 6)
        (self.pictures / "bad.png").write_bytes(png(40, 30, (10, 200, 10)))
        self.assertEqual(self.caption()["captioned"], 1)

    def test_ways_to_choose(self):
        texts = set()
        for arguments in ([], ["--choice", "greedy"], ["--choice", "top-k", "--top-k-tokens", "20", "--seed", "7"]):
            self.table.unlink(missing_ok=True)
            self.caption(*arguments)
            texts.add(self.table.read_bytes())
        self.assertEqual(len(texts), 3)

    def test_blip_writes_as_transformers_does(self):
        def texts(*arguments):
            self.table.unlink(missing_ok=True)
            self.json("caption", self.pictures, "--model", BLIP, "--precision", "f32", *arguments)
            return [r["caption"] for r in self.rows()]
        greedy = texts()
        self.assertTrue(all(greedy))
        self.assertEqual(texts("--choice", "greedy", "--max-length", 20), greedy)
        self.assertNotEqual(texts("--choice", "beam"), greedy)
        self.assertTrue(all(t.startswith("two black dogs") for t in texts("--prompt", "Two black dogs")))
        self.assertIn("no room", self.run_glimpse("caption", self.pictures, "--model", BLIP, "--prompt", "a b c",
                                                  "--max-length", 4, code=2).stderr.decode())

    def test_a_model_that_only_writes_captions(self):
        added = self.json("model", "add", BLIP)
        self.assertEqual((added["family"], added["dimension"]), ("blip", 0))
        self.assertEqual(self.json("model", "info", added["name"])["writes_captions"], True)
        self.assertIn("captions", self.json("model", "verify", added["name"])["works"])
        self.assertEqual(self.json("caption", self.pictures, "--model", added["name"])["captioned"], 6)
        for command in (["index", self.pictures], ["embed", "--text", "a dog"]):
            self.assertIn("blip-itm-base-coco", self.run_glimpse(*command, "--model", BLIP, code=2).stderr.decode())

    def test_refusals_say_what_to_do(self):
        def refused(*arguments, code=2):
            return self.run_glimpse("caption", self.pictures, *arguments, code=code).stderr.decode()
        self.assertIn("coca", refused())
        self.assertIn("writes no captions", refused("--model", "glimpse-small"))
        self.assertIn("beams", refused("--model", COCA, "--beams", 5))
        self.assertIn("int8", refused("--model", COCA, "--precision", "int8"))
        self.table.write_text("name,price\nbread,3\n")
        self.assertIn("--out", refused("--model", COCA, code=3))
        self.assertEqual(self.table.read_text(), "name,price\nbread,3\n")
        shutil.rmtree(self.pictures)
        self.pictures.mkdir()
        self.run_glimpse("caption", self.pictures, "--model", COCA, code=1)
