"""The commands, from index to embed."""

import math
import os
import pathlib
import signal
import struct
import time
import unittest

from shell import Shell, png, png_claiming


class Indexing(Shell):
    def test_indexing_stays_within_the_memory_it_is_given(self):
        self.some_stamps(40)
        refused = self.run_glimpse("index", self.pictures, "--memory", "1M", code=2).stderr.decode()
        self.assertRegex(refused, r"--memory: 1 MB is too little for this model: it needs \d+ MB at least")
        self.assertIn("is no size", self.run_glimpse("index", self.pictures, "--memory", "much", code=2).stderr.decode())
        process = self.start_glimpse("index", self.pictures, "--memory", "600M", "--quiet")
        errors = process.stderr.read()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, errors)
        self.assertLess(usage.ru_maxrss, 600 * 1024)
        self.assertEqual(self.json("status")["pictures"], 40)

    def test_indexes_then_finds_nothing_new(self):
        self.some_stamps(40)
        first = self.json("index", self.pictures)
        self.assertEqual((first["added"], first["failed"]), (40, 0))
        self.assertGreater(first["loading_seconds"], 0)
        self.assertGreater(first["seconds"], first["loading_seconds"])
        again = self.json("index", self.pictures)
        self.assertEqual((again["added"], again["changed"], again["unchanged"]), (0, 0, 40))
        self.assertEqual(again["loading_seconds"], 0)  # nothing to embed
        self.assertEqual(self.json("status")["pictures"], 40)

    def test_a_flag_beats_its_variable(self):
        self.assertIn("no glimpse library", self.run_glimpse("status", "--library", self.directory / "other",
                                                             code=2).stderr.decode())
        self.some_stamps(2)
        self.run_glimpse("index", self.pictures)  # into GLIMPSE_LIBRARY
        self.assertEqual(self.json("index", self.pictures, "--library", self.directory / "other")["added"], 2)

    def test_follows_changes_moves_and_deletions(self):
        self.some_stamps(12)
        self.run_glimpse("index", self.pictures)
        names = sorted(self.pictures.iterdir())
        names[0].unlink()
        names[1].rename(self.pictures / "renamed.png")
        names[2].write_bytes(png(64, 48, (255, 0, 0)))
        (self.pictures / "new.png").write_bytes(png(48, 64, (0, 0, 255)))
        report = self.json("index")
        self.assertEqual({k: report[k] for k in ("added", "changed", "moved", "gone", "unchanged")},
                         {"added": 1, "changed": 1, "moved": 1, "gone": 1, "unchanged": 9})
        paths = {hit["path"] for hit in self.json("search", "picture", "-k", 100)["results"]}
        self.assertEqual(paths, {str(p) for p in self.pictures.iterdir()})

    def test_bad_files_are_listed_and_the_run_goes_on(self):
        self.some_stamps(3)
        good = sorted(self.pictures.iterdir())[0].read_bytes()
        bad = {"empty.jpg": b"", "text.jpg": b"this is no picture", "half.png": good[: len(good) // 2],
               "zero.png": png_claiming(0, 0), "huge.png": png_claiming(60000, 60000)}
        for name, content in bad.items():
            (self.pictures / name).write_bytes(content)
        os.mkfifo(self.pictures / "fifo.jpg")
        (self.pictures / "loop").symlink_to(self.pictures)
        (self.pictures / "self.jpg").symlink_to(self.pictures / "self.jpg")
        with open(os.fsencode(self.pictures) + b"/caf\xe9.png", "wb") as file:
            file.write(png(32, 32, (0, 255, 0)))
        report = self.json("index", self.pictures)
        self.assertEqual(report["added"], 4)  # three stamps, and the name that is no UTF-8
        failures = self.json("status", "--failed")["failures"]
        reasons = {pathlib.Path(f["path"]).name: f["reason"] for f in failures}
        self.assertLessEqual(set(bad), set(reasons))
        self.assertTrue(all(reasons.values()), reasons)
        self.assertEqual(self.json("index")["failed"], 0)  # not tried again until it changes; then it is
        (self.pictures / "text.jpg").write_bytes(png(20, 20, (9, 9, 9)))
        self.assertEqual(self.json("index")["added"], 1)
        self.assertNotIn("text.jpg", {pathlib.Path(f["path"]).name for f in self.json("status", "--failed")["failures"]})

    def stored(self):
        """Pictures that the library has; 0 before there is one."""
        told = self.json_if_it_can("status")
        return told["pictures"] if told else 0

    def test_kill_loses_nothing_that_was_committed(self):
        self.some_stamps(300)
        before = 0
        for _ in range(3):
            process = self.start_glimpse("index", self.pictures)
            self.step_until(process.pid, lambda: self.stored() > before, process)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            before = self.json("status")["pictures"]
        self.assertLess(before, 300)
        report = self.json("index", self.pictures)
        self.assertEqual((report["unchanged"], report["added"]), (before, 300 - before))
        self.assertEqual(self.json("status")["pictures"], 300)

    def test_interrupt_keeps_what_is_done_and_exits_130(self):
        self.some_stamps(400)
        process = self.start_glimpse("index", self.pictures)
        self.step_until(process.pid, lambda: self.stored() > 0, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        before = self.json("status")["pictures"]
        self.assertGreater(before, 0)
        self.assertLess(before, 400)
        self.assertEqual(self.json("index", self.pictures)["added"], 400 - before)

    def test_a_missing_folder_deletes_nothing(self):
        self.some_stamps(10)
        self.run_glimpse("index", self.pictures)
        away = self.directory / "unmounted"
        self.pictures.rename(away)
        self.run_glimpse("index")
        self.assertEqual(self.json("status")["pictures"], 10)
        away.rename(self.pictures)
        self.assertEqual(self.json("index")["unchanged"], 10)

    def test_a_second_writer_is_told_who_holds_the_library(self):
        self.some_stamps(400)
        process = self.start_glimpse("index", self.pictures)
        try:
            self.step_until(process.pid, lambda: self.stored() > 0, process)  # and it stays stopped while the other waits
            refused = self.run_glimpse("index", self.pictures, code=4).stderr.decode()
            self.assertEqual(refused.count(f"process {process.pid}"), 2, refused)  # on waiting, and on giving up
        finally:
            process.kill()
            process.communicate()


class Searching(Shell):
    def setUp(self):
        super().setUp()
        self.some_stamps(60)
        self.run_glimpse("index", self.pictures)

    def test_prints_score_tab_path_best_first(self):
        lines = self.run_glimpse("search", "a dog", "-k", 5).stdout.decode().splitlines()
        self.assertEqual(len(lines), 5)
        scores = [line.split("\t")[0] for line in lines]
        self.assertTrue(all(len(score.split(".")[1]) == 3 for score in scores), scores)
        self.assertEqual(scores, sorted(scores, key=float, reverse=True))

    def test_a_picture_finds_itself_and_print0_works(self):
        picture = sorted(self.pictures.iterdir())[7]
        found = self.run_glimpse("search", f"./{picture.name}", "-k", 1, "-0", cwd=self.pictures).stdout
        self.assertEqual(found, os.fsencode(picture) + b"\0")

    def test_each_kind_of_index_answers_the_same(self):
        for query in ("a dog", "something red"):
            expected = self.run_glimpse("search", query, "--index", "exact").stdout
            for kind in ("auto", "exact-i8", "hnsw"):
                self.assertEqual(self.run_glimpse("search", query, "--index", kind).stdout, expected, kind)
        self.assertEqual(self.json("status")["index"], {"kind": "exact", "file_bytes": 0})
        self.environment["GLIMPSE_INDEX"] = "hnsw"
        self.assertEqual(self.json("status")["index"]["kind"], "hnsw")
        self.environment["GLIMPSE_INDEX"] = "ivf"
        self.assertIn("exact-i8", self.run_glimpse("search", "a dog", code=2).stderr.decode())

    def test_bad_queries_are_named(self):
        self.assertIn("empty", self.run_glimpse("search", "  ", code=2).stderr.decode())
        self.assertIn("4096", self.run_glimpse("search", "a" * 100_000, code=2).stderr.decode())
        self.assertIn("no-such", self.run_glimpse("search", "./no-such.jpg", code=2).stderr.decode())

    def test_without_a_library_it_says_what_to_do(self):
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "none")
        self.assertIn("glimpse index", self.run_glimpse("search", "dog", code=2).stderr.decode())

    def test_a_damaged_library_is_refused_by_name(self):
        database = self.directory / "library/library.sqlite"
        for other in database.parent.glob("library.sqlite-*"):
            other.unlink()
        database.write_bytes(b"no database" * 1000)
        self.assertIn("library.sqlite", self.run_glimpse("search", "dog", code=3).stderr.decode())


class Embedding(Shell):
    def test_prints_unit_vectors_and_writes_npy(self):
        (self.pictures / "red.png").write_bytes(png(100, 80, (255, 0, 0)))
        answer = self.json("embed", "--text", "a red square", "--text", "a dog", "--image", self.pictures / "red.png")
        self.assertEqual(len(answer["vectors"]), 3)
        for vector in answer["vectors"]:
            self.assertEqual(len(vector), answer["dimension"])
            self.assertAlmostEqual(math.fsum(x * x for x in vector), 1, places=4)
        self.run_glimpse("embed", "--text", "a dog", "--npy", self.directory / "v.npy")
        raw = (self.directory / "v.npy").read_bytes()
        self.assertEqual(raw[:6], b"\x93NUMPY")
        start = 10 + struct.unpack("<H", raw[8:10])[0]
        for ours, printed in zip(struct.unpack(f"<{answer['dimension']}f", raw[start:]), answer["vectors"][1]):
            self.assertAlmostEqual(ours, printed, places=5)


class Usage(Shell):
    def test_codes(self):
        self.run_glimpse("--version")
        self.run_glimpse("--help")
        self.run_glimpse(code=2)
        self.run_glimpse("search", code=2)
        self.run_glimpse("index", "--no-such-flag", code=2)
        self.run_glimpse("index", self.directory / "missing", code=2)


if __name__ == "__main__":
    unittest.main()
