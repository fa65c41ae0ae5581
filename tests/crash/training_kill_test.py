"""kill -9 at any moment of `glimpse train` and `glimpse promote`: the run is gone on with and ends as if nothing had been."""

import pathlib
import shutil
import unittest

from small_library import at_scale
from training_case import GRADIENTS, PACE, TrainingCase, digests, resumes

KILLS = at_scale(3, 10)  # of each kind of run; each is killed once more while it goes on
PROMOTION = ("--name", "mine", "--epochs", 12, "--lr", "2e-3", "--batch", 8, "--patience", 0, "--validation-share", 0.2,
             "--test-share", 0.4, "--wise", "off", *PACE)


class TrainingKill(TrainingCase):
    def assert_ends_the_same(self, settings, *resumed_with):
        """Kills runs of `glimpse train` at random moments. `resumed_with`: what a resumed one is told."""
        train = ("train", self.pictures, "--out")
        place = self.directory / "undisturbed"
        place.mkdir()
        code, calls, said = self.go(place, *train, place / "mine", *settings)
        self.assertEqual(code, 0, said)
        whole, curve = digests(place / "mine"), (place / "mine.run/curve.jsonl").read_bytes()
        kills = 0
        for number, at in enumerate(self.points(calls, KILLS)):
            place = self.directory / f"killed{number}"
            place.mkdir()
            out, run = place / "mine", place / "mine.run"
            for die_at in (at, self.random.randint(1, calls - at + 1), 0):
                with self.subTest(at=at, die_at=die_at, of=calls):
                    resume = resumes(run)
                    code, _, said = self.go(place, *(("train", "--out", out, *resume, *resumed_with) if resume else
                                                     (*train, out, *settings)), die_at=die_at)
                    self.assertIn(code, (0, -9) if die_at else (0,), said)
                    kills += code == -9
                    self.assert_no_half_model(out, whole)
            self.assertEqual(digests(out), whole, f"killed at {at} of {calls}")
            self.assertEqual((run / "curve.jsonl").read_bytes(), curve)
            self.assertEqual([path.name for path in place.iterdir() if path.name.startswith(".")], [])
            shutil.rmtree(place)
        self.assertGreaterEqual(kills, KILLS)
        print(f"{kills} kills of runs of {calls} calls")

    def test_gradients(self):
        self.captioned_colours(6)
        self.assert_ends_the_same(GRADIENTS, *PACE)

    def test_new_heads(self):
        self.assert_ends_the_same(self.settings_of_new_heads(), *PACE)


class PromotionKill(TrainingCase):
    def answers(self, library):
        found = self.json("search", "a red wall", "-k", 100, "--library", library)["results"]
        self.assertEqual(len(found), self.count)
        return sorted((pathlib.Path(hit["path"]).name, hit["score"]) for hit in found)

    def promote(self, place, begun, die_at=0):
        arguments = ("--resume", *PACE) if begun else (self.pictures, *PROMOTION)
        return self.go(place, "promote", *arguments, die_at=die_at, library=place / "library")

    def only_run(self, place):
        runs = self.json("runs", "--library", place / "library")["runs"]
        self.assertEqual(len(runs), 1)
        return runs[0]

    def test_promote(self):
        self.captioned_colours(8)
        self.count = len(list(self.pictures.glob("*.png")))
        self.index("--library", self.directory / "before")
        names = {path.name for path in self.pictures.glob("*.png")}

        def fresh(name):
            place = self.directory / name
            place.mkdir()
            shutil.copytree(self.directory / "before", place / "library")
            return place

        place = fresh("undisturbed")
        code, calls, said = self.promote(place, False)
        self.assertEqual(code, 0, said)
        run = self.only_run(place)
        self.assertEqual(run["state"], "promoted")
        whole, answers = digests(pathlib.Path(run["new"]["directory"])), self.answers(place / "library")
        old_answers, kills = self.answers(self.directory / "before"), 0
        self.assertNotEqual(answers, old_answers)
        for number, at in enumerate(self.points(calls, KILLS)):
            place = fresh(f"killed{number}")
            library = place / "library"
            for die_at in (at, self.random.randint(1, calls - at + 1), 0):
                with self.subTest(at=at, die_at=die_at, of=calls):
                    code, _, said = self.promote(place, list(library.glob("runs/*/promotion.json")), die_at)
                    self.assertIn(code, (0, -9) if die_at else (0,), said)
                    kills += code == -9
                    self.assert_sound(names, library)
                    self.assertIn(self.answers(library), (old_answers, answers))  # by one model or the other
                    for model in library.glob("runs/*/mine"):
                        self.assert_no_half_model(model, whole)
            again = self.only_run(place)
            self.assertEqual(again["state"], "promoted")
            self.assertEqual(digests(pathlib.Path(again["new"]["directory"])), whole)
            for same in ("difference", "interval", "p", "outcome", "old", "new"):
                self.assertEqual(again["comparison"][same], run["comparison"][same], same)
            self.assertEqual(self.answers(library), answers)
            shutil.rmtree(place)
        self.assertGreaterEqual(kills, KILLS)
        print(f"{kills} kills of runs of {calls} calls")


if __name__ == "__main__":
    unittest.main()
