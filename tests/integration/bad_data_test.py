"""Bad data: what can be left out is counted and named, what cannot be used is refused with a reason; nothing crashes, no
half model is left, and the library answers as before. Each kind of bad data meets train, promote, eval and analyze."""

import json
import os
import pathlib
import shutil
import struct
import unittest

from shell import Shell, png
from small_training import coloured

MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
TINY_CLIP = MODELS / "tiny-clip"
PACE = ("--epochs", 1, "--batch", 8, "--lr", "1e-3", "--validation-share", 0.2, "--test-share", 0.4, "--threads", 1, "--quiet")


def table(*rows):
    return "file_name,caption\n" + "".join(f"{row}\n" for row in rows)


ALL = [f"{colour}{shade}.png" for colour in ("red", "green", "blue") for shade in range(6)]

# What the table says, and then what train and promote, eval, and analyze answer: an exit code, and words of the reason.
REFUSED = {
    "one picture": (table("red0.png,red"), (2, "at least two different pictures with captions, got 1 of 1 named"),
                    (0, ""), (0, "")),
    "empty captions alone": (table("red0.png,", "red1.png,  "), (2, "data.csv, record 1: an empty caption"),
                             (2, "no record names a picture; the first: "), (0, "Not one record has a caption")),
    "no picture is there": (table("a.png,x", "b.png,y"), (2, "(2 missing, 0 unreadable"),
                            (2, "not one of 2 pictures can be read"), (0, "speak of no picture of this folder")),
    "the same caption everywhere": (table(*(f"{name},a wall" for name in ALL)), (2, "captions that differ"), (0, ""), (0, "")),
    "no table": ("file,words\nred0.png,red\n", (3, "expected a first line with the columns"),
                 (3, "expected a first line with the columns"), (0, "none that can be read")),
    "an empty file": ("", (3, "expected a first line with the columns"), (3, "expected a first line with the columns"),
                      (0, "none that can be read")),
    "another encoding": (b"\xff\xfef\0i\0", (3, "expected a first line with the columns"),
                         (3, "expected a first line with the columns"), (0, "none that can be read")),
    "an open quote": (table("red0.png,red", 'red1.png,"red', "red2.png,red"), (3, "line 3: a quote that is never closed"),
                      (3, "line 3: a quote that is never closed"), (0, "line 3: a quote that is never closed")),
    "a quote inside": (table('red0.png,a 5" wall'), (3, "line 2: a quote where none may be"),
                       (3, "line 2: a quote where none may be"), (0, "line 2: a quote where none may be")),
}


class BadData(Shell):
    def setUp(self):
        super().setUp()
        self.out = self.directory / "mine"
        coloured(self.pictures, 6)
        self.environment["GLIMPSE_THREADS"] = "1"

    def captions(self, text):
        (self.pictures / "data.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    def commands(self):
        return {"train": ("train", self.pictures, "--model", TINY_CLIP, "--out", self.out, *PACE),
                "promote": ("promote", self.pictures, *PACE),
                "eval": ("eval", self.pictures, "--model", TINY_CLIP),
                "analyze": ("analyze", self.pictures, "--model", TINY_CLIP)}

    def library_as_it_was(self):
        self.assertEqual(self.json("status")["model"], "tiny-clip")
        self.assertEqual(len(self.json("search", "a red wall", "-k", 100)["results"]), 48)

    def test_each_kind(self):
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        for kind, (text, learning, evaluating, analyzing) in REFUSED.items():
            self.captions(text)
            for name, arguments in self.commands().items():
                code, words = {"eval": evaluating, "analyze": analyzing}.get(name, learning)
                if name == "promote" and code == 3:
                    code = 2  # promote's step failed; what is above says why
                with self.subTest(kind, command=name):
                    said = self.run_glimpse(*arguments, code=code).stderr.decode()
                    self.assertIn(words, said)
                    self.assertEqual(sorted(path.name for path in self.directory.iterdir()), ["library", "pictures"])
            self.assertEqual(list((self.directory / "library").glob("runs/*")), [])
        self.library_as_it_was()

    def test_what_is_left_out_is_counted_and_named(self):
        with open(self.pictures / "data.csv", "a") as file:
            file.write('gone.png,a picture that is not there\nred1.png,\nno caption\nred2.png,a red wall 2\n')
        (self.pictures / "pink0.png").write_bytes(b"no picture")
        (self.pictures / "pink1.png").write_bytes(b"")
        named = ("gone.png", "pink0.png", "pink1.png", "an empty caption", "expected 2 fields, got 1")
        train, promote, evaluate, analyze = self.commands().values()

        done = self.run_glimpse(*train, "--json")
        problems = json.loads(done.stdout)["run"]["data"]["problems"]
        self.assertEqual([problems[key] for key in ("missing", "unreadable", "broken", "empty_captions", "repeated_captions")],
                         [1, 2, 2, 1, 1])
        for name in named:
            self.assertIn(name, done.stderr.decode())
        self.assertIn("pictures that cannot be read, left out: 2", done.stderr.decode())

        done = self.run_glimpse(*evaluate, "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["unread"], report["broken"], report["pictures"]), (3, 2, 46))
        for name in named:
            self.assertIn(name, done.stderr.decode())

        report = self.json(*analyze)
        self.assertEqual(sorted(pathlib.Path(path).name for path in self.unreadable(report)), ["pink0.png", "pink1.png"])

        good = self.directory / "good"
        coloured(good, 6)
        self.run_glimpse("index", good, "--model", TINY_CLIP)
        done = self.run_glimpse(*promote, "--json", code=1)  # one epoch makes nothing better
        promoted = json.loads(done.stdout)
        self.assertEqual(promoted["training"]["run"]["data"]["problems"], problems)
        self.assertNotIn("pink0.png", (self.directory / "library/runs" / promoted["id"] / "held_out.csv").read_text())
        self.library_as_it_was()

    def unreadable(self, analysis):
        return [picture["path"] for picture in analysis["unreadable"]]

    def test_copies_alone_are_one_picture(self):
        for path in self.pictures.glob("*.png"):
            path.write_bytes(png(40, 40, (200, 0, 0)))
        said = self.run_glimpse(*self.commands()["train"], code=2).stderr.decode()
        self.assertIn("got 1 of 48 named (0 missing, 0 unreadable, 47 the same as another or nearly)", said)

    def test_numbers_that_are_none(self):
        train = self.commands()["train"]
        for flag in ("--lr", "--warmup", "--weight-decay", "--guard-tolerance", "--validation-share", "--head-rate"):
            for value in ("nan", "inf", "-inf"):
                with self.subTest(flag, value=value):
                    self.run_glimpse(*train, f"{flag}={value}", code=2)
        self.assertIn("expected whole, blocks:N", self.run_glimpse(*train, "--scope", "lora:0", code=2).stderr.decode())
        self.assertIn("folder of pictures", self.run_glimpse("analyze", self.pictures / "data.csv", code=2).stderr.decode())
        self.assertEqual(sorted(path.name for path in self.directory.iterdir()), ["pictures"])

    def test_weights_that_are_no_numbers(self):
        """A model that computes no numbers is not learnt from, by gradients or for new heads, and not switched to."""
        ill = self.directory / "ill"
        shutil.copytree(MODELS / "tiny-dual", ill)
        self.break_weights(ill / "text/model.safetensors", "embeddings.LayerNorm.bias")
        heads = ("--model", ill, "--out", self.out, "--validation-share", 0.2, "--threads", 1, "--quiet")
        for scope in ("new-heads", "heads"):
            with self.subTest(scope):
                run = self.directory / f"{scope}.run"
                said = self.run_glimpse("train", self.pictures, *heads, "--run-dir", run, "--scope", scope, code=2).stderr.decode()
                self.assertRegex(said, "not a finite number|not a number")
                self.assertFalse(self.out.exists())

        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        for side in ("visual", "text"):
            with self.subTest(side):
                ill_clip = self.directory / f"ill-{side}"
                shutil.copytree(TINY_CLIP, ill_clip)
                self.break_weights(ill_clip / "model.safetensors", f"{side}_projection.weight")
                said = self.run_glimpse("model", "use", ill_clip, code=3).stderr.decode()
                self.assertRegex(said, "model .*: an embedding is not a number")
                self.library_as_it_was()

    @staticmethod
    def break_weights(file, tensor):
        content = bytearray(file.read_bytes())
        size = struct.unpack("<Q", content[:8])[0]
        at = 8 + size + json.loads(content[8:8 + size])[tensor]["data_offsets"][0]
        content[at:at + 4] = struct.pack("<f", float("nan"))
        file.write_bytes(content)


if __name__ == "__main__":
    unittest.main()
