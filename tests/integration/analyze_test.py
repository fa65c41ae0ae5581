"""`glimpse analyze`: what is in a folder of pictures; and its report, in a real Chromium."""

import csv
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import unittest
import xml.etree.ElementTree
import zlib

from shell import Shell, png, png_claiming

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / ".deps/bin/node"
TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"
HOSTILE = "\"><script>alert(1)<&script>'& \n<img src=x onerror=a()>.png"


def painted(width, height, seed):
    """A PNG of smooth waves, the same scene at any size."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            u, v = x / width, y / height
            rows += bytes(int(128 + 110 * math.sin((3 + c) * seed * u + (5 - c) * v + seed * c)) for c in range(3))
    empty = png(width, height, (0, 0, 0))
    at = empty.index(b"IDAT") - 4
    data = zlib.compress(bytes(rows))
    chunk = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    return empty[:at] + chunk + empty[-12:]


class Analyze(Shell):
    def captioned(self, count=12):
        """Real pictures, each with its name as a caption and one that all share."""
        self.some_stamps(count)
        names = sorted(p.name for p in self.pictures.glob("*.png"))
        with open(self.pictures / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for name in names:
                writer.writerows([[name, f"a picture of {pathlib.Path(name).stem}"], [name, "something to find"]])
        return names

    def report(self, *arguments, **more):
        """The page as XML (it is well-formed as that too) and its text."""
        page = self.directory / "report.html"
        found = self.json("analyze", self.pictures, *arguments, "--report", page, **more)
        text = page.read_text(encoding="utf-8")
        return found, xml.etree.ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n")), text

    def test_counts_of_a_folder_with_known_pictures(self):
        (self.pictures / "cars").mkdir()
        (self.pictures / "skies").mkdir()
        for i, colour in enumerate([(255, 0, 0), (250, 10, 10), (9, 9, 9)]):
            (self.pictures / f"cars/{i}.png").write_bytes(png(300, 300, colour))
        (self.pictures / "skies/a.png").write_bytes(png(640, 320 + 160, (10, 20, 250)))
        shutil.copy(self.pictures / "skies/a.png", self.pictures / "skies/b.png")
        (self.pictures / "skies/no.jpg").write_bytes(b"no picture")
        (self.pictures / "skies/huge.png").write_bytes(png_claiming(2_000_000, 2_000_000))
        found = self.json("analyze", self.pictures, "--no-model")
        self.assertEqual((found["pictures"], found["model"]), (5, None))
        self.assertEqual([entry["path"] for entry in found["unreadable"]], ["skies/huge.png", "skies/no.jpg"])
        self.assertTrue(all(entry["reason"] for entry in found["unreadable"]))
        self.assertEqual(found["formats"], {"png": 5})
        self.assertEqual(found["shapes"], {"square": 3, "landscape": 2})
        self.assertEqual(found["hues"], {"red": 2, "blue": 2, "none": 1})
        self.assertEqual((found["greyscale"], found["dark"], found["flat"]), (1, 3, 5))
        self.assertEqual(found["width"]["most"], 640)
        self.assertEqual(found["duplicates"]["exact"], [["skies/a.png", "skies/b.png"]])
        self.assertEqual(found["classes"]["counts"], [{"name": "cars", "pictures": 3}, {"name": "skies", "pictures": 2}])
        self.assertEqual((found["captions"], found["fit"], found["groups"], found["map"]), (None, None, None, None))
        self.assertEqual(len(found["left_out"]), 2)
        self.assertIn("--no-model", found["left_out"][0])
        self.assertIn("glimpse caption", found["left_out"][1])

    def test_captions_groups_and_map_are_the_same_each_time(self):
        names = self.captioned()
        arguments = ("analyze", self.pictures, "--model", TINY_CLIP, "--clusters", 3, "--precision", "f32")
        found = self.json(*arguments)
        captions = found["captions"]
        self.assertEqual((captions["captions"], captions["distinct"]), (2 * len(names), len(names) + 1))
        self.assertEqual((captions["pictures"], captions["without"]), (len(names), []))
        self.assertEqual(captions["per_picture"]["mean"], 2)
        self.assertEqual(len(captions["shared"][0]["pictures"]), len(names))
        self.assertIn({"word": "find", "times": len(names), "captions": len(names)}, captions["frequent_words"])
        self.assertGreater(captions["tokens"]["least"], 2)
        self.assertEqual(sorted(name for group in found["groups"] for name in group["pictures"]), names)
        self.assertEqual(len(found["groups"]), 3)
        self.assertEqual([point["path"] for point in found["map"]], names)
        self.assertTrue(all(-1.001 <= fit["cosine"] <= 1.001 for fit in found["fit"]["worst"]))
        self.assertEqual(found["left_out"], [])
        again = self.json(*arguments, "--threads", 1)
        for part in ("groups", "map", "captions", "duplicates"):
            self.assertEqual(found[part], again[part], part)
        self.assertFalse(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]).exists())  # the user's library is left alone

    def test_captions_of_another_folder_and_damaged_ones(self):
        names = self.captioned(4)
        table = self.directory / "captions.csv"
        (self.pictures / "data.csv").rename(table)
        with open(table, "a") as file:
            file.write("gone.png,a picture that is not there\nno caption\n")
        done = self.run_glimpse("analyze", self.pictures, "--captions", table, "--model", TINY_CLIP, "--json")
        captions = json.loads(done.stdout)["captions"]
        self.assertEqual((captions["pictures"], captions["of_no_picture"], captions["broken"]), (len(names), 1, 1))
        self.assertIn(b"expected 2 fields, got 1", done.stderr)
        table.write_text("no,header\n")
        done = self.run_glimpse("analyze", self.pictures, "--captions", table, "--no-model", code=3)
        self.assertIn(b"file_name,caption", done.stderr)
        table.write_text("file_name,caption\nelsewhere.png,words\n")
        found = self.json("analyze", self.pictures, "--captions", table, "--no-model")
        self.assertIsNone(found["captions"])
        self.assertIn("compare the names", " ".join(found["left_out"]))

    def test_near_duplicates_of_other_sizes(self):
        self.some_stamps(20)
        (self.pictures / "large.png").write_bytes(painted(300, 200, 1))
        (self.pictures / "small.png").write_bytes(painted(150, 100, 1))
        (self.pictures / "another.png").write_bytes(painted(300, 200, 2))
        near = self.json("analyze", self.pictures, "--no-model")["duplicates"]["near"]
        self.assertIn(["large.png", "small.png"], near)
        self.assertFalse(any("another.png" in group for group in near))

    def test_empty_single_missing(self):
        found = self.json("analyze", self.pictures, code=1)
        self.assertEqual((found["pictures"], found["unreadable"], found["map"]), (0, [], None))
        self.report(code=1)
        (self.pictures / "one.png").write_bytes(png(1, 1, (1, 2, 3)))
        found, page, _ = self.report("--model", TINY_CLIP)
        self.assertEqual((found["pictures"], len(found["groups"]), len(found["map"])), (1, 1, 1))
        done = self.run_glimpse("analyze", self.directory / "nowhere", code=2)
        self.assertIn(b"nowhere", done.stderr)
        done = self.run_glimpse("analyze", self.pictures, "--no-model", "--report", self.directory / "no/folder.html", code=2)
        self.assertIn(b"folder.html", done.stderr)
        done = self.run_glimpse("analyze", self.pictures, "--model", "no-such-model", code=2)
        self.assertIn(b"no-such-model", done.stderr)

    def test_hostile_names_and_captions(self):
        self.some_stamps(3)
        names = [HOSTILE, "caf\u00e9 \u202egpj.png", "a'b\"c.png"]
        for i, name in enumerate(names):
            (self.pictures / name.replace("/", "_")).write_bytes(png(50 + i, 40, (200, 30 * i, 30)))
        with open(os.fsencode(self.pictures) + b"/\xff\xfe.png", "wb") as file:
            file.write(png(30, 30, (0, 99, 0)))
        with open(os.fsencode(self.pictures) + b"/\xff broken.png", "wb") as file:
            file.write(b"no picture")
        with open(self.pictures / "data.csv", "w", newline="") as file:
            csv.writer(file).writerows([["file_name", "caption"]] + [[name, f"</style></svg>{HOSTILE}"] for name in names])
        found, page, text = self.report("--model", TINY_CLIP)
        self.assertEqual((found["pictures"], len(found["unreadable"])), (7, 1))
        self.assertEqual(found["captions"]["pictures"], 3)
        tags = {element.tag.split("}")[-1] for element in page.iter()}
        self.assertFalse(tags & {"script", "link", "iframe", "object", "form"})
        for element in page.iter():
            for key, value in element.attrib.items():
                self.assertFalse(key.startswith("on") or key == "style", key)
                if key in ("src", "href"):
                    self.assertTrue(value.startswith(("data:image/jpeg;base64,", "#")), value[:50])

    def test_a_terminal_is_sent_no_commands(self):
        for name in ("bird\x1b[31m_1.png", "bird\x1b[31m_2.png", "fish\n_1.png", "fish\n_2.png"):
            (self.pictures / name).write_bytes(png(30, 30, (1, 2, 3)))
        (self.pictures / "\x1b]0;broken\n.png").write_bytes(b"no picture")
        with open(self.pictures / "data.csv", "w", newline="") as file:
            csv.writer(file).writerows([["file_name", "caption"], ["fish\n_1.png", "x" * 9000 + " \x1b[31m \u00a0"]])
        text = self.run_glimpse("analyze", self.pictures, "--model", TINY_CLIP).stdout.decode()
        self.assertIn("bird", text)
        self.assertFalse(set(text) & {"\x1b", "\r", "\a"})
        self.assertTrue(all(line.startswith("  ") for line in text.splitlines()[1:]), text)
        self.assertLess(max(map(len, text.splitlines())), 200)

    def test_text_for_people(self):
        self.captioned(6)
        (self.pictures / "broken.jpg").write_bytes(b"no picture")
        done = self.run_glimpse("analyze", self.pictures, "--model", TINY_CLIP, "--quiet")
        text = done.stdout.decode()
        for word in ("6 pictures", "1 file cannot be read", "formats", "png 6", "shape", "light", "colour", "captions",
                     "groups", "broken.jpg"):
            self.assertIn(word, text)
        self.assertTrue(all(len(line) < 160 for line in text.splitlines()), text)

    def test_the_librarys_vectors_are_taken_where_it_has_them(self):
        self.captioned(20)
        fresh = self.json("analyze", self.pictures, "--model", TINY_CLIP)
        self.assertEqual(fresh["from_library"], 0)
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        done = self.run_glimpse("analyze", self.pictures, "--json")
        stored = json.loads(done.stdout)
        self.assertIn(b"The library had the vectors of 20 of 20 pictures", done.stderr)
        self.assertEqual((stored["from_library"], stored["precision"]), (20, "stored"))
        self.assertEqual(stored["model"], self.json("status")["model"])
        for key in ("pictures", "brightness", "formats", "duplicates", "captions"):
            self.assertEqual(stored[key], fresh[key], key)
        for key in ("least", "median", "most"):  # vectors are stored in half precision, and maybe made in another
            self.assertAlmostEqual(stored["fit"]["cosine"][key], fresh["fit"]["cosine"][key], delta=2e-2)

        (self.pictures / "painted.png").write_bytes(painted(120, 90, 5))
        first = sorted(self.pictures.glob("*_*.png"))[0]
        first.rename(self.pictures / "renamed.png")  # known by its bytes
        more = self.json("analyze", self.pictures)
        self.assertEqual((more["pictures"], more["from_library"]), (21, 20))
        self.assertNotEqual(more["precision"], "stored")
        self.assertEqual(len(more["map"]), 21)
        other = self.json("analyze", self.pictures, "--model", TINY_CLIP.parent / "tiny-siglip")
        self.assertEqual(other["from_library"], 0)
        elsewhere = self.directory / "elsewhere"
        shutil.copytree(self.pictures, elsewhere)  # no folder of the library
        self.assertEqual(self.json("analyze", elsewhere, "--model", TINY_CLIP)["from_library"], 0)

    def test_a_damaged_library_is_left_alone_and_said(self):
        self.captioned(4)
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        database = next(self.directory.rglob("library.sqlite"))
        database.write_bytes(b"no database" * 100)
        done = self.run_glimpse("analyze", self.pictures, "--model", TINY_CLIP, "--json")
        self.assertEqual(json.loads(done.stdout)["pictures"], 4)
        self.assertIn(b"the library's vectors are not used", done.stderr)
        self.assertEqual(database.read_bytes(), b"no database" * 100)

    def test_the_report_in_a_browser(self):
        self.captioned(40)
        shutil.copy(next(self.pictures.glob("*.png")), self.pictures / "again.png")
        (self.pictures / "broken.jpg").write_bytes(b"no picture")
        page = self.directory / "report.html"
        self.run_glimpse("analyze", self.pictures, "--model", TINY_CLIP, "--report", page)
        done = subprocess.run([NODE, "--test", str(ROOT / "tests/e2e/analysis_report.test.mjs")], cwd=ROOT / "web",
                              capture_output=True, env={**os.environ, "REPORT": str(page)}, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:])


if __name__ == "__main__":
    unittest.main()
