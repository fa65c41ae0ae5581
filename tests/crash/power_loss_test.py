"""A power cut at any moment of a library's life leaves every acknowledged picture, in a library that opens.

kill -9 proves nothing of flushing, for the system keeps what was written. So the real program runs with crash_shim.cc,
which records what it does to its files, and disk.py makes what a cut could have left.
"""

import json
import pathlib
import unittest

import disk
from small_library import SHIM, CrashCase, at_scale

IMAGES = at_scale(120, 2000)


class PowerLoss(CrashCase):
    def setUp(self):
        super().setUp()
        self.disk = self.directory / "disk"
        self.disk.mkdir()
        self.library = self.disk / "library"
        self.backup = self.disk / "backup"
        self.log = self.directory / "log"
        self.environment["GLIMPSE_LIBRARY"] = str(self.library)

    def recorded(self, *arguments):
        done = self.attempt(*arguments, environment={"LD_PRELOAD": SHIM, "CRASH_ROOT": str(self.disk),
                                                     "CRASH_LOG": str(self.log)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return len(disk.read_log(self.log))

    def record_a_life(self):
        """Where each part of it ends in the log."""
        index = ("index", self.pictures, "--model", self.model, "--batch-size", 4, "--json-lines")
        self.make_pictures(0, 30)
        ends = {"first": self.recorded(*index)}
        self.make_pictures(30, 230)
        ends["more"] = self.recorded(*index)
        ends["backup"] = self.recorded("backup", self.backup)
        table = self.directory / "captions.csv"
        table.write_text("file_name,caption\n" + "".join(f"{n:04}.png,number{n}\n" for n in range(200)))
        ends["captions"] = self.recorded("caption", self.pictures, "--from", table)
        for number in range(20):
            (self.pictures / f"{number:04}.png").unlink()
        self.make_pictures(230, 300)
        ends["changes"] = self.recorded(*index)
        ends["restore"] = self.recorded("restore", self.backup, "--force")
        return ends

    @staticmethod
    def acknowledged_at(records):
        """After each record, the names that were acknowledged by then."""
        so_far, after = frozenset(), []
        for kind, _, _, _, data in records:
            if kind == "A":
                event = json.loads(data)
                if event["event"] == "committed":
                    so_far |= {pathlib.Path(path).name for path in event["pictures"]}
            after.append(so_far)
        return after

    def images(self, count, drop_flushes=False):
        """Images at random cuts: (position, directory)."""
        records = disk.read_log(self.log)
        cuts = sorted(self.random.randint(1, len(records)) for _ in range(count))
        return disk.images(records, cuts, self.random, self.disk, self.directory / "image",
                           lambda record: not (drop_flushes and record[0] in "SD"))

    def check(self, image, promised):
        library = image / "library"
        if not (library / "library.sqlite").exists():
            self.assertFalse(promised, "the library is gone")
            return
        self.assert_sound(promised, library)

    def test_images_of_a_life(self):
        ends = self.record_a_life()
        records = disk.read_log(self.log)
        acknowledged = self.acknowledged_at(records)
        deleted = {f"{n:04}.png" for n in range(20)}
        in_backup = {f"{n:04}.png" for n in range(230)}
        cuts = 0
        for cut, image in self.images(IMAGES):
            with self.subTest(cut=cut, of=len(records)):
                promised = set(acknowledged[cut - 1])
                if cut > ends["captions"]:
                    promised -= deleted
                if cut > ends["changes"]:
                    promised &= in_backup
                self.check(image, promised)
                if cut >= ends["restore"]:
                    self.assertEqual(set(self.stored(image / "library")), in_backup)
                if (image / "backup").exists():
                    self.run_glimpse("restore", image / "backup", "--verify")
                else:
                    self.assertLess(cut, ends["backup"], "an acknowledged backup is gone")
                if cuts % 10 == 0:
                    self.go_on_from(image, len(promised))
            cuts += 1
        print(f"{cuts} images of {len(records)} operations")

    def go_on_from(self, image, promised):
        """The next run makes the library whole, and embeds nothing that was promised."""
        report = self.index("--force", "--library", image / "library")  # most of a young one is gone
        files = {path.name for path in self.pictures.iterdir()}
        self.assertEqual(set(self.stored(image / "library")), files)
        self.assertLessEqual(report["embedded"], len(files) - promised + 20)

    def test_the_simulation_notices_what_is_not_flushed(self):
        self.record_a_life()
        acknowledged = self.acknowledged_at(disk.read_log(self.log))
        bad = 0
        for cut, image in self.images(20, drop_flushes=True):
            try:
                self.check(image, set(acknowledged[cut - 1]) if cut else set())
            except (AssertionError, Exception):  # noqa: B014 - SQLite's own errors too
                bad += 1
        self.assertGreater(bad, 5)


if __name__ == "__main__":
    unittest.main()
