"""A power cut at any moment of training: no half model under the model's name, and the run goes on to the same end.

As in power_loss_test, what the program does to its files is recorded, and disk.py makes what a cut could have left.
"""

import unittest

import disk
from small_library import at_scale
from training_case import GRADIENTS, NEW_HEADS, PACE, TrainingCase, digests, resumes

IMAGES = at_scale(6, 60)  # of each kind of run


class TrainingPowerLoss(TrainingCase):
    def record(self, *settings):
        """A run from its beginning to its end. Gives what it did to its files."""
        self.disk, log = self.directory / "disk", self.directory / "log"
        self.disk.mkdir()
        code, _, said = self.go(self.disk, "train", self.pictures, "--out", self.disk / "mine", *settings, log=log)
        self.assertEqual(code, 0, said)
        self.whole, self.curve = digests(self.disk / "mine"), (self.disk / "mine.run/curve.jsonl").read_bytes()
        return disk.read_log(log)

    def images(self, records, cuts):
        """What is left by cuts behind so many records, one after the other: (which, directory)."""
        return disk.images(records, cuts, self.random, self.disk, self.directory / "image")

    def assert_goes_on(self, records, *settings):
        for cut, image in self.images(records, self.points(len(records), IMAGES)):
            with self.subTest(cut=cut, of=len(records)):
                out, run = image / "mine", image / "mine.run"
                self.assert_no_half_model(out, self.whole)
                told = ("--resume", *PACE) if resumes(run) else (self.pictures, *settings)
                self.run_glimpse("train", "--out", out, *told)
                self.assertEqual(digests(out), self.whole)
                self.assertEqual((run / "curve.jsonl").read_bytes(), self.curve)
        print(f"{IMAGES} images of {len(records)} operations")

    def test_gradients(self):
        self.captioned_colours(6)
        self.assert_goes_on(self.record(*GRADIENTS), *GRADIENTS)

    def test_new_heads(self):
        settings = self.settings_of_new_heads()
        self.assert_goes_on(self.record(*settings), *settings)

    def test_the_simulation_notices_what_is_not_flushed(self):
        self.captioned_colours(6)
        unflushed = [record for record in self.record(*GRADIENTS) if record[0] != "S"]
        bad = 0
        for _, image in self.images(unflushed, [len(unflushed)] * 5):
            bad += digests(image / "mine") != self.whole
        self.assertGreater(bad, 0)


if __name__ == "__main__":
    unittest.main()
