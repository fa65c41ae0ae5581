"""A disk that is full or fails, at each of its calls: no crash, no damage, a clear message, and the next run heals."""

import unittest

from small_library import SHIM, CrashCase, at_scale

POINTS = at_scale(12, 100_000)  # for each kind of fault, spread over all calls; more than there are: each call
PICTURES = 20


class Fault(CrashCase):
    def faulty(self, fault, at, forever, *arguments):
        environment = {"LD_PRELOAD": SHIM, "CRASH_ROOT": str(self.library), "CRASH_FAULT": fault, "CRASH_AT": str(at),
                       "CRASH_COUNT": str(self.directory / "count")}
        if forever:
            environment["CRASH_FOREVER"] = "1"
        return self.attempt(*arguments, environment=environment)

    def points(self, calls):
        if POINTS >= calls:
            return range(1, calls + 1)
        return sorted(self.random.sample(range(1, calls + 1), POINTS))

    def begin(self):
        """A new library, by a run that is not the first of its model."""
        self.copy_of(self.directory / "empty", "library")

    def test_each_call_of_indexing(self):
        self.make_pictures(0, PICTURES)
        self.index("--library", self.directory / "warm")  # compiles the model
        (self.directory / "empty").mkdir()
        index = ("index", self.pictures, "--model", self.model)
        self.begin()
        self.assertEqual(self.faulty("none", 0, False, *index).returncode, 0)
        calls = int((self.directory / "count").read_text())
        self.assertGreater(calls, 20)
        met = 0
        for fault, forever in (("enospc", False), ("enospc", True), ("eio", False), ("eio", True), ("short", False)):
            for at in self.points(calls):
                with self.subTest(fault=fault, at=at, of=calls, forever=forever):
                    self.begin()
                    done = self.faulty(fault, at, forever, *index)
                    if done.returncode != 0:
                        met += 1
                        message = done.stderr.decode()
                        self.assertIn(str(self.library), message)
                        self.assertRegex(message, "disk|space|permission|Input/output|No space")
                    self.heal(done.returncode == 0)
        self.assertGreater(met, 0)
        print(f"{met} faults met, {calls} calls")

    def heal(self, was_done):
        acknowledged = {f"{n:04}.png" for n in range(PICTURES)}
        if (self.library / "library.sqlite").exists():
            self.assert_sound(acknowledged if was_done else ())
        report = self.index()
        self.assertEqual(report["pictures"], PICTURES)
        self.assert_sound(acknowledged)


if __name__ == "__main__":
    unittest.main()
