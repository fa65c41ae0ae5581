"""`glimpse promote`: from captioned pictures to a model that the library answers with, or a reason why not; whatever
happens meanwhile, the library answers."""

import csv
import json
import os
import pathlib
import signal
import time
import unittest

from shell import Shell
from small_training import COLOURS, coloured

TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"
PACE = ("--batch", 8, "--patience", 0, "--validation-share", 0.2, "--test-share", 0.4, "--wise", "off", "--threads", 1,
        "--quiet")
LEARNING = ("--epochs", 12, "--lr", "2e-3", *PACE)


def rows_of(table):
    with open(table, newline="") as file:
        return list(csv.DictReader(file))


class Promote(Shell):
    def setUp(self):
        super().setUp()
        coloured(self.pictures, 8)
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)

    def runs(self, *ids):
        return self.json("runs", *ids)["runs"]

    def active(self):
        return self.json("status")["model"]

    def test_a_better_model_takes_the_place_of_the_old_one_and_can_be_taken_back(self):
        self.run_glimpse("runs", code=1)
        promoted = self.json("promote", self.pictures, *LEARNING, "--name", "mine")
        self.assertEqual(promoted["state"], "promoted")
        self.assertEqual(promoted["comparison"]["outcome"], "better")
        self.assertGreater(promoted["comparison"]["interval"][0], 0)
        self.assertEqual(promoted["old"]["model"], "tiny-clip")
        self.assertEqual(self.active(), "mine")
        self.assertEqual(self.json("status")["vectors"], len(COLOURS) * 8)
        run = pathlib.Path(self.environment["GLIMPSE_LIBRARY"]) / "runs" / promoted["id"]
        self.assertIn("<html", (run / "comparison.html").read_text())
        # What was held out was never trained on, and is all that the two were compared on.
        parts = {row["file_name"]: row["part"] for row in rows_of(run / "train/split.csv")}
        held_out = {row["file_name"] for row in rows_of(run / "held_out.csv")}
        self.assertEqual(held_out, {name for name, part in parts.items() if part == "test"})
        self.assertEqual(promoted["comparison"]["pictures"], len(held_out))
        self.run_glimpse("doctor")  # a run in the library is nothing strange

        self.run_glimpse("model", "rollback")
        self.assertEqual(self.active(), "tiny-clip")
        self.run_glimpse("model", "rollback")

        # Another, from the one that came out: its parent is the first. It learns nothing, so nothing changes.
        rejected = json.loads(self.run_glimpse("promote", self.pictures, "--epochs", 1, "--lr", 0, *PACE, "--json", code=1).stdout)
        self.assertEqual((rejected["state"], self.active()), ("rejected", "mine"))
        self.assertIn("not better", rejected["reason"])
        listed = self.runs()
        self.assertEqual([(run["id"], run["state"], run["parent"]) for run in listed],
                         [(promoted["id"], "promoted", None), (rejected["id"], "rejected", promoted["id"])])
        text = self.run_glimpse("runs").stdout.decode()
        self.assertIn("after " + promoted["id"], text)
        side_by_side = self.run_glimpse("runs", promoted["id"], rejected["id"]).stdout.decode()
        page = run / "train/report.html"
        self.assertEqual(listed[0]["page"], str(page))
        self.assertIn("Before and after", page.read_text())
        for needed in ("lr", "ndcg@10", promoted["id"], rejected["id"], f"{page} shows its training"):
            self.assertIn(needed, side_by_side)

    def test_what_the_guard_loses_is_not_promoted(self):
        guard = self.directory / "general"
        coloured(guard, 4)
        names = list(COLOURS)
        other = dict(zip(names, names[1:] + names[:1]))  # what is learnt is wrong here, so the guard must fall
        rows = rows_of(guard / "data.csv")
        with open(guard / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for row in rows:
                colour = next(name for name in names if row["file_name"].startswith(name))
                writer.writerow([row["file_name"], row["caption"].replace(colour, other[colour])])
        done = self.run_glimpse("promote", self.pictures, *LEARNING, "--guard", guard, "--guard-tolerance", 0, "--json", code=1)
        rejected = json.loads(done.stdout)
        self.assertEqual((rejected["state"], rejected["comparison"]["outcome"], self.active()), ("rejected", "better", "tiny-clip"))
        self.assertIn("it forgets", rejected["reason"])

    def test_what_passed_may_wait(self):
        kept = self.json("promote", self.pictures, *LEARNING, "--keep-model")
        self.assertEqual((kept["state"], self.active()), ("kept", "tiny-clip"))
        self.run_glimpse("model", "use", kept["new"]["directory"])
        self.assertEqual(self.active(), kept["new"]["model"])

    def test_a_model_that_changed_since_it_was_measured_is_not_switched_to(self):
        kept = self.json("promote", self.pictures, *LEARNING, "--keep-model")
        record = self.directory / "library/runs" / kept["id"] / "promotion.json"
        record.write_text(json.dumps({**kept, "state": "switching"}))  # as a crash before the switch leaves it
        weights = pathlib.Path(kept["new"]["directory"]) / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        refused = self.run_glimpse("promote", "--resume", code=3).stderr.decode()
        self.assertIn("no longer what training wrote", refused)
        self.assertEqual(self.active(), "tiny-clip")
        weights.write_bytes(whole)
        self.run_glimpse("promote", "--resume", "--quiet")
        self.assertEqual(self.active(), kept["new"]["model"])

    def test_what_is_wrong_is_said_and_changes_nothing(self):
        self.assertIn("promote DATA", self.run_glimpse("promote", code=2).stderr.decode())
        self.assertIn("no run", self.run_glimpse("promote", "--resume", code=2).stderr.decode())
        self.assertIn("'../x'", self.run_glimpse("runs", "../x", code=2).stderr.decode())
        self.assertIn("without '/'", self.run_glimpse("promote", self.pictures, "--name", "a/b", code=2).stderr.decode())
        missing = self.run_glimpse("promote", self.directory / "nowhere", *LEARNING, code=2).stderr.decode()
        self.assertIn("nowhere: no such", missing)
        one = self.directory / "one.csv"
        one.write_text("file_name,caption\nred0.png,a red wall\n")
        self.run_glimpse("promote", one, "--pictures", self.pictures, *LEARNING, code=2)
        self.run_glimpse("runs", code=1)  # what cannot begin leaves nothing to go on with
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "empty")
        self.run_glimpse("promote", self.pictures, code=2)
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "library")
        self.assertEqual(self.active(), "tiny-clip")

    def test_a_run_that_began_from_another_model_is_not_gone_on_with(self):
        process = self.start_glimpse("promote", self.pictures, "--epochs", 5000, *PACE)
        runs = self.directory / "library/runs"
        deadline = time.time() + 120
        while not list(runs.glob("*/train/curve.jsonl")):
            self.assertLess(time.time(), deadline)
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        self.assertIn("another process", self.run_glimpse("promote", "--resume", code=4).stderr.decode())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130, process.communicate()[1])
        self.run_glimpse("model", "use", TINY_CLIP.with_name("tiny-siglip"))
        self.assertIn("began from tiny-clip", self.run_glimpse("promote", "--resume", code=2).stderr.decode())


if __name__ == "__main__":
    unittest.main()
