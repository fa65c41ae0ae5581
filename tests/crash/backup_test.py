"""Backups made while others write are each of one moment; a restore that is killed anywhere leaves the old data."""

import json
import pathlib
import subprocess
import unittest

from small_library import GLIMPSE, SHIM, CrashCase, at_scale, committed_in

BACKUPS = at_scale(15, 50)
KILLS = at_scale(20, 1000)


class Backup(CrashCase):
    def test_while_another_process_writes(self):
        self.make_pictures(0, 2000)
        self.index("--library", self.directory / "warm")
        (self.directory / "said").touch()
        with open(self.directory / "said", "wb") as said:
            writer = subprocess.Popen([GLIMPSE, "index", self.pictures, "--model", self.model, "--json-lines",
                                       "--batch-size", "1"], env=self.environment, stdout=said, stderr=subprocess.DEVNULL)
        previous, made = set(), 0
        while made < BACKUPS:
            running = writer.poll() is None
            said = (self.directory / "said").read_bytes()
            if b"committed" not in said:
                self.assertTrue(running, "the writer ended before it began")
                continue
            acknowledged = set(committed_in(said[:said.rfind(b"\n") + 1]))
            target = self.directory / f"{made}.glimpse-backup"
            self.run_glimpse("backup", target)
            self.run_glimpse("restore", target, "--verify")
            names = set(self.stored(target))
            self.assertLessEqual(acknowledged, names)
            self.assertLessEqual(previous, names)
            previous = names
            made += 1
        self.assertEqual(writer.wait(timeout=120), 0)

    def killed(self, at, *arguments):
        environment = {**self.environment, "LD_PRELOAD": SHIM, "CRASH_ROOT": str(self.library), "CRASH_FAULT": "kill",
                       "CRASH_AT": str(at), "CRASH_COUNT": str(self.directory / "count")}
        return subprocess.run([GLIMPSE, *map(str, arguments)], env=environment, capture_output=True).returncode

    def test_restore_killed_at_every_step(self):
        self.make_pictures(0, 20)
        self.index()
        old = self.directory / "old.glimpse-backup"
        self.run_glimpse("backup", old)
        self.make_pictures(20, 40)
        self.index()
        self.copy_of(self.library, "before")
        restore = ("restore", old, "--force")
        self.assertEqual(self.killed(0, *restore), 0)
        calls = int((self.directory / "count").read_text())
        self.assertGreater(calls, 8)
        after = {len(self.stored())}
        self.assertEqual(after, {20})
        outcomes = set()
        points = range(1, calls + 1) if KILLS >= calls else sorted(self.random.sample(range(1, calls + 1), KILLS))
        for at in points:
            with self.subTest(call=at, of=calls):
                self.copy_of(self.directory / "before", "library")
                self.assertEqual(self.killed(at, *restore), -9)
                count = len(self.stored())
                outcomes.add(count)
                self.assertIn(count, (20, 40))
                self.assert_sound({f"{n:04}.png" for n in range(20)})
                if count == 20:  # replaced: then the old one is beside it
                    asides = [path for path in self.library.iterdir() if path.name.startswith("replaced-")]
                    self.assertIn(40, [len(self.stored(path)) for path in asides])
                self.run_glimpse("doctor", "--repair")
                self.assertFalse([path for path in self.library.iterdir() if path.suffix == ".tmp"])
                self.run_glimpse(*restore)
                self.assertEqual(len(self.stored()), 20)
        self.assertEqual(outcomes, {20, 40})
        print(f"killed at {len(points)} of {calls} calls")

    def test_backup_killed_at_every_step_leaves_no_half_backup(self):
        self.make_pictures(0, 20)
        self.index()
        place = self.directory / "backups"
        place.mkdir()
        self.assertEqual(self.killed_in(place, 0, "backup", place / "first"), 0)
        calls = int((self.directory / "count").read_text())
        for at in range(1, calls + 1, at_scale(max(1, calls // 10), 1)):
            target = place / f"at-{at}"
            self.assertEqual(self.killed_in(place, at, "backup", target), -9)
            if target.exists():
                self.run_glimpse("restore", target, "--verify")

    def killed_in(self, place, at, *arguments):
        library, self.library = self.library, place
        try:
            return self.killed(at, *arguments)
        finally:
            self.library = library

    def test_round_trip_to_an_empty_place(self):
        self.make_pictures(0, 10)
        self.index()
        self.run_glimpse("backup", self.directory / "b")
        fresh = self.directory / "fresh/deep"
        report = self.json("restore", self.directory / "b", "--library", fresh)
        self.assertTrue(report["restored"])
        self.assertIsNone(report["replaced"])
        status = json.loads(self.run_glimpse("status", "--json", "--library", fresh).stdout)
        self.assertEqual((status["pictures"], status["vectors"]), (10, 10))
        self.assertEqual(self.index("--library", fresh)["embedded"], 0)
        sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=self.directory / "b", capture_output=True)
        self.assertEqual(sums.returncode, 0, sums.stdout)
        self.assertEqual(sorted(p.name for p in pathlib.Path(self.directory / "b").iterdir()),
                         ["SHA256SUMS", "library.sqlite", "manifest.json"])


if __name__ == "__main__":
    unittest.main()
