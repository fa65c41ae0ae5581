"""`glimpse train`: a model learns, the new one is whole or not there, and a run that is killed ends as if it were not."""

import csv
import hashlib
import json
import os
import pathlib
import pickletools
import re
import shutil
import signal
import struct
import subprocess
import unittest
import xml.etree.ElementTree
import zipfile

from shell import GLIMPSE, Shell, png
from small_training import coloured, digests, named_after_themselves

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / ".deps/bin/node"
MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
TINY_CLIP = MODELS / "tiny-clip"
PACE = ("--batch", 8, "--lr", "1e-3", "--validation-share", 0.2, "--threads", 1, "--quiet")
QUICK = ("--model", TINY_CLIP, *PACE)


class Train(Shell):
    def setUp(self):
        super().setUp()
        self.out = self.directory / "mine"
        self.run_directory = self.directory / "mine.run"

    def coloured(self, shades=6):
        coloured(self.pictures, shades)

    def train(self, *more, code=0, **options):
        return self.run_glimpse("train", self.pictures, "--out", self.out, *QUICK, *more, code=code, **options)

    def curve(self):
        return [json.loads(line) for line in (self.run_directory / "curve.jsonl").read_text().splitlines()]

    def curve_has_begun(self):
        return (self.run_directory / "curve.jsonl").exists()

    def test_learns_and_every_command_takes_the_model(self):
        self.coloured()
        state = self.directory / "state.pt"
        report = json.loads(self.train("--epochs", 6, "--patience", 0, "--wise", "off", "--state-dict", state, "--json").stdout)
        losses = [point["loss"] for point in self.curve() if "loss" in point]
        self.assertEqual(len(losses), report["training"]["steps"])
        self.assertLess(sum(losses[-3:]), 0.8 * sum(losses[:3]))
        results = report["results"]
        self.assertGreater(results["validation"]["after"]["text_to_image"]["ndcg@10"], 0)
        self.assertEqual(report["run"]["data"]["picture_count"], 8 * 6)
        self.assertEqual(sum(part["pictures"] for part in report["run"]["split"].values()), 8 * 6)
        self.assertEqual(json.loads((self.run_directory / "report.json").read_text()), report)

        info = self.json("model", "info", self.out)
        self.assertEqual(info["fingerprint"], report["model"]["fingerprint"])
        self.assertNotEqual(info["fingerprint"], self.json("model", "info", TINY_CLIP)["fingerprint"])
        self.run_glimpse("index", self.pictures, "--model", self.out)
        self.assertEqual(len(self.json("search", "a red wall", "--model", self.out)["results"]), 10)
        card = (self.out / "card.md").read_text()
        for needed in (report["run"]["id"], report["run"]["data"]["sha1"], "nDCG@10", "| lr | 0.001 |"):
            self.assertIn(needed, card)

        # What is measured in training is what the program measures with the model that came out.
        with open(self.directory / "validation.csv", "w", newline="") as file, \
             open(self.run_directory / "split.csv", newline="") as split, open(self.pictures / "data.csv", newline="") as all_rows:
            names = {row["file_name"] for row in csv.DictReader(split) if row["part"] == "validation"}
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            writer.writerows([row["file_name"], row["caption"]] for row in csv.DictReader(all_rows) if row["file_name"] in names)
        evaluated = self.json("eval", self.directory / "validation.csv", "--pictures", self.pictures, "--model", self.out,
                              "--precision", "f32")
        self.assertAlmostEqual(evaluated["text_to_image"]["ndcg@10"],
                               results["validation"]["after"]["text_to_image"]["ndcg@10"], places=2)
        self.check_state_dict(state)

    def check_state_dict(self, state):
        """As Python reads it without torch; and laid over the original it gives the trained model's vectors."""
        with zipfile.ZipFile(state) as archive:
            self.assertIsNone(archive.testzip())
            program = archive.read("archive/data.pkl")
            self.assertEqual(archive.read("archive/byteorder"), b"little")
            for entry in archive.infolist():
                self.assertEqual(entry.compress_type, zipfile.ZIP_STORED)
        globals_named = {argument for opcode, argument, _ in pickletools.genops(program) if opcode.name == "GLOBAL"}
        self.assertEqual(globals_named, {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch FloatStorage"})
        texts = [argument for opcode, argument, _ in pickletools.genops(program) if opcode.name == "BINUNICODE"]
        self.assertIn("text_model.embeddings.token_embedding.weight", texts)
        one = self.json("embed", "--text", "a red wall", "--model", self.out)
        two = self.json("embed", "--text", "a red wall", "--model", TINY_CLIP, "--params", state)
        for a, b in zip(one["vectors"][0], two["vectors"][0]):
            self.assertAlmostEqual(a, b, places=5)

    def new_heads(self, *more, code=0):
        labelled, sentences = self.directory / "labels.csv", self.directory / "sentences.txt"
        pictures = sorted(path.name for path in self.pictures.glob("*.png"))
        labelled.write_text(f"file_name,label\n{pictures[0]},red\n{pictures[1]},blue\n")
        sentences.write_text("a red car\nthe car is red\n\na blue sea\nthe sea is blue\n")
        return self.run_glimpse("train", self.pictures, "--out", self.out, "--model", MODELS / "tiny-dual", "--scope", "new-heads",
                                "--labelled", labelled, "--sentences", sentences, "--versions", 2, "--heads", 2, "--epochs", 8,
                                "--validation-share", 0.1, "--test-share", 0.3, "--threads", 1, "--quiet", *more, code=code)

    def captioned_stamps(self):
        """Real pictures, which differ more than walls do: their file names are their captions."""
        self.some_stamps(60)
        named_after_themselves(self.pictures)

    def test_new_heads_of_a_dual_encoder(self):
        self.captioned_stamps()
        report = json.loads(self.new_heads("--json").stdout)
        self.assertEqual(report["run"]["settings"]["batch"], 256)  # what new heads have as their own default
        self.assertEqual(len(self.curve()), 2 * 8)
        info = self.json("model", "info", self.out)
        self.assertEqual(info["fingerprint"], report["model"]["fingerprint"])
        self.assertNotEqual(info["fingerprint"], self.json("model", "info", MODELS / "tiny-dual")["fingerprint"])
        self.run_glimpse("model", "verify", self.out)
        # What is measured on features is what the program measures with the model that came out, and with the old one.
        with open(self.run_directory / "split.csv", newline="") as split, open(self.pictures / "data.csv", newline="") as captions, \
             open(self.directory / "test.csv", "w", newline="") as file:
            names = {row["file_name"] for row in csv.DictReader(split) if row["part"] == "test"}
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            writer.writerows([row["file_name"], row["caption"]] for row in csv.DictReader(captions) if row["file_name"] in names)
        for model, side in ((MODELS / "tiny-dual", "before"), (self.out, "after")):
            evaluated = self.json("eval", self.directory / "test.csv", "--pictures", self.pictures, "--model", model,
                                  "--precision", "f32")
            self.assertAlmostEqual(evaluated["text_to_image"]["ndcg@10"],
                                   report["results"]["test"][side]["text_to_image"]["ndcg@10"], delta=0.01, msg=side)

        page = (self.run_directory / "report.html").read_text()
        self.assertEqual(self.headings(page), ["Before and after", "Curves", "Data", "Settings"])
        for needed in ("head 1", "head 2", report["model"]["fingerprint"]):
            self.assertIn(needed, page)

        whole = digests(self.out)
        self.out, self.run_directory = self.directory / "again", self.directory / "again.run"
        process = self.start_glimpse("train", self.pictures, "--out", self.out, "--model", MODELS / "tiny-dual", "--scope", "new-heads",
                                     "--versions", 2, "--heads", 2, "--epochs", 100000, "--threads", 1, "--quiet")
        self.step_until(process.pid, self.curve_has_begun, process)
        process.kill()  # while it fits: glimpse has become the program that does
        process.communicate()
        self.assertFalse(self.out.exists())
        self.out, self.run_directory = self.directory / "third", self.directory / "third.run"
        self.new_heads()
        self.assertEqual(digests(self.out)["heads.safetensors"], whole["heads.safetensors"])

        self.out = self.directory / "other"
        refused = self.run_glimpse("train", self.pictures, "--out", self.out, *QUICK, "--scope", "new-heads", code=2).stderr.decode()
        self.assertIn("--scope heads", refused)
        self.assertFalse(self.out.exists() or (self.directory / "other.run").exists())

    def test_new_heads_keep_what_int8_needs_to_know_of_the_towers(self):
        self.captioned_stamps()
        original = self.directory / "dual"
        shutil.copytree(MODELS / "tiny-dual", original)
        self.run_glimpse("model", "calibrate", self.pictures, "--model", original, "--count", 4)
        self.run_glimpse("train", self.pictures, "--model", original, "--scope", "new-heads", "--versions", 1, "--heads", 1,
                         "--epochs", 1, "--threads", 1, "--quiet", "--out", self.out)
        self.assertEqual((self.out / "activation_ranges.json").read_bytes(), (original / "activation_ranges.json").read_bytes())
        card = (self.out / "card.md").read_text()
        self.assertIn("epochs: 1 each, 1 in all", card)
        self.assertNotIn("## Blend", card)
        self.run_glimpse("embed", "--model", self.out, "--precision", "int8", "--image", next(self.pictures.glob("*.png")))

    def test_what_is_held_out_does_not_come_in_by_its_label(self):
        self.captioned_stamps()
        new_heads = ("train", self.pictures, "--model", MODELS / "tiny-dual", "--scope", "new-heads", "--versions", 1, "--heads", 1,
                     "--epochs", 2, "--test-share", 0.3, "--threads", 1, "--quiet", "--out")
        self.run_glimpse(*new_heads, self.out)
        with open(self.run_directory / "split.csv", newline="") as file:
            held_out = [row["file_name"] for row in csv.DictReader(file) if row["part"] != "train"]
        shutil.copy(self.pictures / held_out[0], self.pictures / "copy.png")
        labels = self.directory / "labels.csv"
        labels.write_text("file_name,label\ngone.png,thing\n" + "".join(f"{name},thing\n" for name in [*held_out, "./copy.png"]))
        again = self.directory / "again"
        said = self.run_glimpse(*new_heads, again, "--labelled", labels).stderr.decode()
        self.assertIn(f"held out of training, left out: {len(held_out) + 1}", said)
        self.assertIn("missing, left out: 1", said)
        self.assertEqual(digests(again)["heads.safetensors"], digests(self.out)["heads.safetensors"])
        # Nor by its caption.
        table = self.pictures / "data.csv"
        table.write_text("".join(line.split(",")[0] + ",two red cats\n" if line.split(",")[0] in held_out else line
                                 for line in table.read_text().splitlines(keepends=True)))
        third = self.directory / "third"
        self.run_glimpse(*new_heads, third)
        self.assertEqual(digests(third)["heads.safetensors"], digests(self.out)["heads.safetensors"])

    def headings(self, page):
        return re.findall(r"<h2[^>]*>([^<]*)</h2>", page)

    def test_the_page_shows_the_run_while_it_learns_and_when_it_is_done(self):
        self.coloured()
        page, kept = self.directory / "page.html", self.run_directory / "report.html"
        arguments = (self.pictures, "--out", self.out, *QUICK, "--epochs", 400, "--patience", 0, "--guard", self.pictures)
        process = self.start_glimpse("train", *arguments, "--report", page)
        self.step_until(process.pid, lambda: all(p.exists() and "best so far" in p.read_text() for p in (kept, page)), process)
        learning = page.read_text()
        xml.etree.ElementTree.fromstring(learning.removeprefix("<!DOCTYPE html>"))
        self.assertIn('http-equiv="refresh"', learning)
        self.assertEqual(self.headings(learning), ["Curves", "Data", "Settings"])
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        self.assertIn(b"--resume goes on", process.communicate()[1])
        stopped = page.read_text()
        self.assertFalse('http-equiv="refresh"' in stopped)
        self.assertRegex(stopped, r"Stopped at .*--resume goes on")

    def test_the_page_of_a_run_that_was_killed_and_went_on_has_all_of_it(self):
        self.coloured()
        page = self.directory / "page.html"
        arguments = ("--epochs", 5, "--patience", 0, "--guard", self.pictures)
        process = self.start_glimpse("train", self.pictures, "--out", self.out, *QUICK, *arguments, "--report", page)
        self.step_until(process.pid, lambda: (self.run_directory / "checkpoints").exists(), process)
        process.kill()
        process.communicate()
        self.run_glimpse("train", "--out", self.out, "--resume", "--threads", 1, "--quiet")
        done = page.read_text()
        self.assertTrue(done == (self.run_directory / "report.html").read_text())
        xml.etree.ElementTree.fromstring(done.removeprefix("<!DOCTYPE html>"))
        self.assertFalse('http-equiv="refresh"' in done)
        self.assertEqual(self.headings(done), ["Before and after", "Curves", "Blend", "Data", "Settings"])
        report = json.loads((self.run_directory / "report.json").read_text())
        losses = [point["loss"] for point in self.curve() if "loss" in point]
        for needed in (f"chosen: step {report['training']['best_step']}", f"{losses[0]:.6g}", f"{losses[-1]:.6g}",
                       report["run"]["id"], report["run"]["data"]["sha1"], report["model"]["fingerprint"],
                       f"{report['results']['guard']['after']['text_to_image']['ndcg@10']:.3f}",
                       f"{report['results']['test']['difference']['mean']:+.3f}", "--max-gradient-norm"):
            self.assertIn(needed, done)
        looked = subprocess.run([NODE, "--test", str(ROOT / "tests/e2e/eval_report.test.mjs")], cwd=ROOT / "web",
                                env={**os.environ, "GLIMPSE_REPORTS": str(page)}, capture_output=True, timeout=600)
        self.assertEqual(looked.returncode, 0, looked.stdout.decode() + looked.stderr.decode())

    def test_a_page_that_cannot_be_written_is_refused_or_does_not_stop_the_run(self):
        self.coloured()
        for place, message in ((self.directory / "nowhere" / "page.html", b"no folder"), (self.pictures, b"that is a folder")):
            self.assertIn(message, self.train("--report", place, code=2).stderr)
        self.assertFalse(self.run_directory.exists())
        folder = self.directory / "pages"
        folder.mkdir()
        page = folder / "page.html"
        process = self.start_glimpse("train", self.pictures, "--out", self.out, *QUICK, "--epochs", 30, "--report", page)
        self.step_until(process.pid, page.exists, process)
        shutil.rmtree(folder)
        process.send_signal(signal.SIGCONT)
        error = process.communicate()[1]
        self.assertEqual(process.returncode, 0, error)
        self.assertEqual(error.count(b"the page of the run"), 1, error)
        self.assertIn("Before and after", (self.run_directory / "report.html").read_text())

    def test_the_new_model_has_one_card_and_keeps_the_originals(self):
        self.coloured(shades=3)
        published = self.directory / "published"
        shutil.copytree(TINY_CLIP, published)
        (published / "README.md").write_text("---\nlicense: mit\n---\n# As published\n")
        second = self.directory / "second"
        for model, out in ((published, self.out), (self.out, second)):
            self.run_glimpse("train", self.pictures, "--out", out, *PACE, "--model", model, "--epochs", 1, "--wise", "off")
        self.assertEqual((self.out / "original-card.md").read_bytes(), (published / "README.md").read_bytes())
        self.assertEqual((second / "original-card-2.md").read_bytes(), (published / "README.md").read_bytes())
        self.assertEqual((second / "original-card.md").read_bytes(), (self.out / "card.md").read_bytes())
        self.assertFalse((self.out / "README.md").exists())
        card, digest = (self.out / "card.md").read_text(), hashlib.sha256((published / "README.md").read_bytes()).hexdigest()
        self.assertIn(f"Its own card is [original-card.md](original-card.md), SHA-256 {digest}.", card)
        self.run_glimpse("model", "verify", second)

    def test_a_dual_encoder_keeps_the_temperature_that_it_learnt(self):
        self.coloured(shades=3)
        original = self.directory / "dual"
        shutil.copytree(MODELS / "tiny-dual", original)
        configuration = json.loads((original / "glimpse.json").read_text())
        configuration["files"] = {name: {"sha256": "0" * 64, "size": 1} for name in ("heads.safetensors", "activation_ranges.json")}
        (original / "glimpse.json").write_text(json.dumps(configuration))
        for scope in ("heads", "lora:2"):
            with self.subTest(scope):
                out = self.directory / f"of-{scope[:4]}"
                self.run_glimpse("train", self.pictures, "--out", out, *PACE, "--model", original, "--epochs", 2, "--wise", "off",
                                 "--scope", scope)
                now = json.loads((out / "glimpse.json").read_text())
                course = [json.loads(line) for line in pathlib.Path(f"{out}.run", "curve.jsonl").read_text().splitlines()]
                chosen = json.loads(pathlib.Path(f"{out}.run", "report.json").read_text())["training"]["best_step"]
                learnt = next(point["logit_scale"] for point in course if point["step"] == chosen and "loss" in point)
                self.assertNotAlmostEqual(learnt, 20.5, places=3)
                self.assertAlmostEqual(now["logit_scale"], learnt, places=4)
                self.assertEqual(now["name"], out.name)
                heads = (out / "heads.safetensors").read_bytes()
                self.assertEqual(now["files"], {"heads.safetensors": {"sha256": hashlib.sha256(heads).hexdigest(), "size": len(heads)}})
                self.run_glimpse("model", "verify", out)

    def test_an_interrupt_makes_a_checkpoint_and_resume_goes_on(self):
        self.coloured()
        self.train("--epochs", 20, "--patience", 0)
        whole = digests(self.out)
        self.out, self.run_directory = self.directory / "again", self.directory / "again.run"
        arguments = (self.pictures, "--out", self.out, *QUICK, "--epochs", 20, "--patience", 0)
        process = self.start_glimpse("train", *arguments)
        self.step_until(process.pid, self.curve_has_begun, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        error = process.communicate()[1]
        self.assertEqual(process.returncode, 130, error)
        self.assertIn(b"--resume goes on", error)
        self.run_glimpse("train", "--out", self.out, "--resume", "--threads", 1, "--quiet")  # the run knows the rest
        self.assertEqual(digests(self.out), whole)
        again = self.run_glimpse("train", "--out", self.out, "--resume", "--json")  # done: says it again
        self.assertEqual(json.loads(again.stdout), json.loads((self.run_directory / "report.json").read_text()))

    def test_what_a_run_began_with_stays(self):
        self.coloured()
        process = self.start_glimpse("train", self.pictures, "--out", self.out, *QUICK, "--epochs", 500, "--patience", 0)
        self.step_until(process.pid, self.curve_has_begun, process)
        busy = self.run_glimpse("train", "--out", self.out, "--resume", code=4)
        self.assertIn(b"another process trains there", busy.stderr)
        process.kill()
        process.communicate()
        self.assertIn(b"holds a run", self.train(code=2).stderr)
        self.assertIn(b"--lr 0.5: this run began with 0.001",
                      self.run_glimpse("train", "--out", self.out, "--resume", "--lr", 0.5, code=2).stderr)
        (self.pictures / "red0.png").write_bytes(png(40, 40, (1, 2, 3)))
        changed = self.run_glimpse("train", "--out", self.out, "--resume", code=2)
        self.assertIn(b"this run cannot go on: /data/sha1 was", changed.stderr)
        self.assertFalse(self.out.exists())

    def test_bad_data_is_counted_and_named_or_refused(self):
        self.coloured()
        with open(self.pictures / "data.csv", "a") as file:
            file.write('gone.png,a picture that is not there\nred1.png,\nno caption\nred2.png,a red wall 2\n'
                       'red3.png,the same words\nblue3.png,The same  words.\n')
        (self.pictures / "pink0.png").write_bytes(b"no picture")
        (self.pictures / "copy.png").write_bytes((self.pictures / "blue0.png").read_bytes())
        with open(self.pictures / "data.csv", "a") as file:
            file.write("copy.png,a copy\n")
        report = json.loads(self.train("--epochs", 1, "--json").stdout)
        problems = report["run"]["data"]["problems"]
        self.assertEqual((problems["missing"], problems["unreadable"], problems["empty_captions"]), (1, 1, 1))
        self.assertEqual((problems["broken"], problems["repeated_captions"], problems["duplicate_pictures"]), (2, 1, 1))
        for name in ("gone.png", "pink0.png", "expected 2 fields, got 1", "an empty caption"):
            self.assertIn(name, " ".join(problems["remarks"]))
        with open(self.run_directory / "split.csv", newline="") as file:
            parts = {row["file_name"]: row["part"] for row in csv.DictReader(file)}
        self.assertEqual(parts["copy.png"], parts["blue0.png"])

    def test_one_picture_and_wrong_models_are_refused_and_nothing_is_left(self):
        (self.pictures / "one.png").write_bytes(png(40, 40, (200, 0, 0)))
        (self.pictures / "data.csv").write_text("file_name,caption\none.png,red\n")
        self.assertIn(b"expected at least two different pictures", self.train(code=2).stderr)
        self.coloured(shades=1)
        for model, message in ((self.pictures, b"expected glimpse.json"), ("no-such-model", b"no model 'no-such-model'")):
            done = self.run_glimpse("train", self.pictures, "--out", self.out, "--model", model, code=2)
            self.assertIn(message, done.stderr)
        self.assertIn(b"--scope", self.train("--scope", "half", code=2).stderr)
        self.assertIn(b"nothing to train on", self.run_glimpse("train", "--out", self.out, code=2).stderr)
        (self.pictures / "data.csv").write_text("file,words\n")
        self.assertIn(b"expected a first line with the columns", self.train(code=3).stderr)
        self.assertEqual(sorted(path.name for path in self.directory.iterdir()), ["pictures"])
        self.out.mkdir()
        self.assertIn(b"exists: a model is never written over another", self.train(code=2).stderr)

    def test_a_loss_that_is_no_number_stops(self):
        self.coloured()
        ill = self.directory / "ill"
        shutil.copytree(TINY_CLIP, ill)
        weights = (ill / "model.safetensors").read_bytes()
        (ill / "model.safetensors").write_bytes(weights[:-4] + struct.pack("<f", float("nan")))
        done = self.run_glimpse("train", self.pictures, "--out", self.out, *PACE, "--model", ill, code=2)
        self.assertRegex(done.stderr, rb"step 1: the loss is not a number; .*the last good checkpoint is .*checkpoints/000000000")
        self.assertFalse(self.out.exists())

    def test_the_guard_holds_the_blend_back(self):
        self.coloured()
        guard = self.directory / "general"
        self.some_stamps(30)
        guard.mkdir()
        with open(guard / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for stamp in sorted(self.pictures.glob("*_*.png")):
                stamp.rename(guard / stamp.name)
                writer.writerow([stamp.name, f"a picture of {stamp.stem}"])
        report = json.loads(self.train("--epochs", 3, "--patience", 0, "--guard", guard, "--guard-tolerance", 0, "--json").stdout)
        tried = report["wise"]["tried"]
        self.assertEqual([point["alpha"] for point in tried], [i / 10 for i in range(11)])
        chosen = next(point for point in tried if point["alpha"] == report["wise"]["alpha"])
        self.assertGreaterEqual(chosen["guard"], tried[0]["guard"])
        admitted = [point for point in tried if point["guard"] >= tried[0]["guard"]]
        self.assertEqual(chosen["validation"], max(point["validation"] for point in admitted))
        validated = report["results"]["validation"]  # what it was chosen by, and not the test part
        self.assertAlmostEqual(validated["after"]["text_to_image"]["ndcg@10"], chosen["validation"], places=9)
        self.assertAlmostEqual(validated["before"]["text_to_image"]["ndcg@10"], tried[0]["validation"], places=9)
        guarded = report["results"]["guard"]
        self.assertAlmostEqual(guarded["after"]["text_to_image"]["ndcg@10"], chosen["guard"], places=9)
        self.assertAlmostEqual(guarded["before"]["text_to_image"]["ndcg@10"], tried[0]["guard"], places=9)

    def test_every_layout_comes_out_as_it_went_in(self):
        self.coloured(shades=3)
        for layout in ("tiny-clip", "tiny-siglip", "tiny-dual", "tiny-open-clip", "tiny-openai", "tiny-coca"):
            with self.subTest(layout):
                out = self.directory / layout
                scope = "heads" if layout == "tiny-dual" else "whole"
                self.run_glimpse("train", self.pictures, "--out", out, *PACE, "--model", MODELS / layout, "--epochs", 1,
                                 "--wise", "off", "--scope", scope)
                was, now = (self.json("model", "info", path) for path in (MODELS / layout, out))
                self.assertEqual((was["family"], was["dimension"]), (now["family"], now["dimension"]))
                self.assertNotEqual(was["fingerprint"], now["fingerprint"])
                embedded = self.json("embed", "--text", "a red wall", "--image", self.pictures / "red0.png", "--model", out)
                self.assertEqual(len(embedded["vectors"]), 2)

    def test_frozen_towers_are_run_once_and_nothing_else_changes(self):
        self.coloured()
        for look in (("--augment", "none"), ("--augment", "mild", "--versions", 2)):
            outcomes = []
            for number, means in enumerate(((), ("--feature-memory", 0, "--feature-disk", 0), ("--feature-memory", 0))):
                self.out = self.directory / f"{look[1]}{number}"
                self.train("--scope", "heads", "--epochs", 4, "--patience", 0, *look, *means)
                outcomes.append((digests(self.out), digests(self.out.with_suffix(".run"))["curve.jsonl"]))
            self.assertEqual(outcomes[0], outcomes[1])  # kept in memory as if computed each time,
            self.assertEqual(outcomes[0], outcomes[2])  # and on disk, of which nothing is left
            self.assertEqual(sorted(path.name for path in self.out.with_suffix(".run").iterdir()),
                             ["checkpoints", "curve.jsonl", "lock", "report.html", "report.json", "run.json", "split.csv"])

    def tensors_of(self, model, file="model.safetensors"):
        """The bytes of each tensor of a safetensors file."""
        data = (model / file).read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        return {name: data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
                for name, entry in header.items() if name != "__metadata__"}

    def test_blip_learns_to_match_unless_told_otherwise(self):
        self.coloured(shades=3)
        blip = MODELS / "tiny-blip-itm"
        was = self.tensors_of(blip)
        for loss in ("pretraining", "contrastive"):
            out = self.directory / loss
            self.run_glimpse("train", self.pictures, "--out", out, *PACE, "--model", blip, "--epochs", 1, "--wise", "off",
                             "--loss", loss)
            now = self.tensors_of(out)
            self.assertEqual(was.keys(), now.keys())
            side = [name for name in was if "crossattention" in name or name.startswith("itm_head")]
            self.assertEqual(len(side), 2 + 2 * 10)
            # But for biases of keys, which have no effect in attention.
            changed = {name for name in side if was[name] != now[name] and not name.endswith("key.bias")}
            self.assertEqual(len(changed), 0 if loss == "contrastive" else 20, loss)
        self.run_glimpse("index", self.pictures, "--model", out)
        hits = self.json("search", "black dog", "-k", 3, "--rerank", 3, "--model", out)["results"]
        again = self.json("search", "black dog", "-k", 3, "--rerank", 3, "--model", out, "--rerank-model",
                          self.directory / "pretraining")["results"]
        self.assertNotEqual([hit["match"] for hit in hits], [hit["match"] for hit in again])

    def test_coca_learns_to_write_captions_unless_told_otherwise(self):
        self.coloured(shades=3)
        coca = MODELS / "tiny-coca"
        with zipfile.ZipFile(coca / "open_clip_pytorch_model.bin") as published:
            halves = [published.read(name) for name in published.namelist() if "/data/" in name]
        was = {struct.pack(f"<{len(data) // 2}f", *struct.unpack(f"<{len(data) // 2}e", data)) for data in halves}
        captions = []
        for loss in ("contrastive", "pretraining"):
            out, folder = self.directory / loss, self.directory / f"{loss}-pictures"
            self.run_glimpse("train", self.pictures, "--out", out, *PACE, "--model", coca, "--epochs", 2, "--patience", 0,
                             "--wise", "off", "--loss", loss)
            decoder = {name: data for name, data in self.tensors_of(out, "open_clip_model.safetensors").items()
                       if "text_decoder." in name}
            self.assertEqual(len(decoder), 3 + 2 * (12 + 14))
            self.assertEqual(sum(data in was for data in decoder.values()), len(decoder) if loss == "contrastive" else 0, loss)
            folder.mkdir()
            shutil.copy(self.pictures / "red0.png", folder)
            self.run_glimpse("caption", folder, "--model", out)
            with open(folder / "data.csv", newline="") as file:
                captions.append([row["caption"] for row in csv.DictReader(file)])
        self.assertEqual(len(captions[0]), 1)
        self.assertNotEqual(*captions)

    def test_without_its_program_it_says_how_to_get_it(self):
        alone = self.directory / "bin"
        alone.mkdir()
        os.link(GLIMPSE, alone / "glimpse") if os.stat(GLIMPSE).st_dev == os.stat(alone).st_dev else \
            (alone / "glimpse").write_bytes(pathlib.Path(GLIMPSE).read_bytes())
        (alone / "glimpse").chmod(0o755)
        done = subprocess.run([alone / "glimpse", "train", self.pictures, "--out", self.out], env=self.environment,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"no such program, and it is what trains", done.stderr)

    def test_waiting_threads_sleep_unless_somebody_says_otherwise(self):
        self.coloured(shades=2)
        for said, expected in (({}, {"OMP_WAIT_POLICY": "passive"}), ({"OMP_WAIT_POLICY": "active"},) * 2,
                               ({"GOMP_SPINCOUNT": "7"},) * 2):
            with self.subTest(said=said):
                self.out = self.directory / f"of-{len(list(self.directory.iterdir()))}"
                names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
                self.environment = {**{k: v for k, v in self.environment.items() if k not in names}, **said}
                process = self.start_glimpse("train", self.pictures, "--out", self.out, *QUICK, "--epochs", 500, "--patience", 0)
                self.step_until(process.pid, pathlib.Path(f"{self.out}.run", "curve.jsonl").exists, process)
                told = dict(entry.split("=", 1) for entry in
                            pathlib.Path(f"/proc/{process.pid}/environ").read_text().split("\0") if "=" in entry)
                process.kill()
                process.communicate()
                self.assertEqual({name: told[name] for name in names if name in told}, expected)

    def test_libtorch_and_openvino_stay_apart(self):
        def needed(program):
            listed = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
            return [line for line in listed.splitlines() if "NEEDED" in line or "RPATH" in line or "RUNPATH" in line]
        own = pathlib.Path(GLIMPSE)
        self.assertNotIn("torch", " ".join(needed(own)))
        self.assertNotIn("openvino", " ".join(needed(own.parent / "glimpse-train")))


if __name__ == "__main__":
    unittest.main()
