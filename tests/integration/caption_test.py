"""Captions: a data.csv that grows, whatever happens in between."""

import csv
import fcntl
import json
import os
import pathlib
import shutil
import signal
import urllib.request

from shell import Shell, png, start_server

MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
COCA = MODELS / "tiny-coca"  # seeded weights in open_clip's layout
BLIP = MODELS / "tiny-blip-caption"  # and in Hugging Face's
MANY = 600


class CaptionShell(Shell):
    def setUp(self):
        super().setUp()
        self.some_stamps(6)
        self.table = self.pictures / "data.csv"

    def caption(self, *arguments):
        return self.json("caption", self.pictures, "--model", COCA, *arguments)

    def many_pictures(self):
        """So many that captioning them takes longer than a step of step_until, on any machine."""
        for number in range(MANY - 6):
            (self.pictures / f"{number:03}.png").write_bytes(png(30, 30, (number % 256, 90, number // 256)))

    def records(self):
        return self.table.read_bytes().count(b"\n") if self.table.exists() else 0

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)

    def rows(self):
        with open(self.table, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


class Captions(CaptionShell):
    def test_each_picture_gets_a_caption_and_only_once(self):
        done = self.caption()
        self.assertEqual((done["captioned"], done["already"], done["failed"]), (6, 0, 0))
        rows = self.rows()
        self.assertEqual(list(rows[0]), ["file_name", "caption"])
        self.assertEqual([r["file_name"] for r in rows], sorted(p.name for p in self.pictures.glob("*.png")))
        self.assertTrue(all(r["caption"] for r in rows))
        before = self.table.read_bytes()
        self.assertEqual(self.caption()["already"], 6)
        self.assertEqual(self.table.read_bytes(), before)
        (self.pictures / "zoo").mkdir()
        (self.pictures / "zoo/new, one.png").write_bytes(png(40, 30, (200, 10, 10)))
        self.assertEqual(self.caption()["captioned"], 1)
        self.assertEqual(self.rows()[-1]["file_name"], "zoo/new, one.png")
        self.assertEqual(self.table.read_bytes()[:len(before)], before)

    def test_threads_and_runs_do_not_change_what_is_written(self):
        self.caption("--threads", 1)
        first = self.table.read_bytes()
        self.table.unlink()
        self.caption("--threads", 2)
        self.assertEqual(self.table.read_bytes(), first)

    def test_memory_is_kept_to_and_changes_no_caption(self):
        self.caption()
        first = self.table.read_bytes()
        self.table.unlink()
        refused = self.run_glimpse("caption", self.pictures, "--model", COCA, "--memory", "1M", code=2).stderr.decode()
        self.assertIn("--memory: 1 MB is too little", refused)
        self.assertFalse(self.table.exists())
        self.caption("--memory", "600M")
        self.assertEqual(self.table.read_bytes(), first)

    def test_a_record_that_was_cut_is_written_again(self):
        self.caption()
        whole = self.table.read_bytes()
        for size in (len(whole) - 1, len(whole) - 9, 3):
            self.table.write_bytes(whole[:size])
            self.caption()
            self.assertEqual(self.table.read_bytes(), whole, size)

    def test_interrupted_it_goes_on_where_it_stopped(self):
        self.many_pictures()
        self.caption()
        whole = self.table.read_bytes()
        self.table.unlink()
        process = self.start_glimpse("caption", self.pictures, "--model", COCA, "--threads", "1")
        self.step_until(process.pid, lambda: self.records() >= 3, process)
        self.interrupt(process)
        self.assertLess(self.records(), MANY)
        self.caption()
        self.assertEqual(self.table.read_bytes(), whole)

    def test_a_damaged_picture_is_named_and_tried_again(self):
        (self.pictures / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
        done = self.run_glimpse("caption", self.pictures, "--model", COCA)
        self.assertIn("bad.png", done.stderr.decode())
        self.assertEqual(len(self.rows()), 6)
        (self.pictures / "bad.png").write_bytes(png(40, 30, (10, 200, 10)))
        self.assertEqual(self.caption()["captioned"], 1)

    def test_ways_to_choose(self):
        texts = set()
        for arguments in ([], ["--choice", "greedy"], ["--choice", "top-k", "--top-k-tokens", "20", "--seed", "7"]):
            self.table.unlink(missing_ok=True)
            self.caption(*arguments)
            texts.add(self.table.read_bytes())
        self.assertEqual(len(texts), 3)

    def test_blip_writes_as_transformers_does(self):
        def texts(*arguments):
            self.table.unlink(missing_ok=True)
            self.json("caption", self.pictures, "--model", BLIP, "--precision", "f32", *arguments)
            return [r["caption"] for r in self.rows()]
        greedy = texts()
        self.assertTrue(all(greedy))
        self.assertEqual(texts("--choice", "greedy", "--max-length", 20), greedy)
        self.assertNotEqual(texts("--choice", "beam"), greedy)
        self.assertTrue(all(t.startswith("two black dogs") for t in texts("--prompt", "Two black dogs")))
        self.assertIn("no room", self.run_glimpse("caption", self.pictures, "--model", BLIP, "--prompt", "a b c",
                                                  "--max-length", 4, code=2).stderr.decode())

    def test_a_model_that_only_writes_captions(self):
        added = self.json("model", "add", BLIP)
        self.assertEqual((added["family"], added["dimension"]), ("blip", 0))
        self.assertEqual(self.json("model", "info", added["name"])["writes_captions"], True)
        self.assertIn("captions", self.json("model", "verify", added["name"])["works"])
        self.assertEqual(self.json("caption", self.pictures, "--model", added["name"])["captioned"], 6)
        for command in (["index", self.pictures], ["embed", "--text", "a dog"]):
            self.assertIn("blip-itm-base-coco", self.run_glimpse(*command, "--model", BLIP, code=2).stderr.decode())

    def test_refusals_say_what_to_do(self):
        def refused(*arguments, code=2):
            return self.run_glimpse("caption", self.pictures, *arguments, code=code).stderr.decode()
        self.assertIn("coca", refused())
        self.assertIn("writes no captions", refused("--model", "glimpse-small"))
        self.assertIn("beams", refused("--model", COCA, "--beams", 5))
        self.assertIn("int8", refused("--model", COCA, "--precision", "int8"))
        self.table.write_text("name,price\nbread,3\n")
        self.assertIn("--out", refused("--model", COCA, code=3))
        self.assertEqual(self.table.read_text(), "name,price\nbread,3\n")
        shutil.rmtree(self.pictures)
        self.pictures.mkdir()
        self.run_glimpse("caption", self.pictures, "--model", COCA, code=1)


class InTheLibrary(CaptionShell):
    """The same folder, known to the library."""

    def setUp(self):
        super().setUp()
        self.run_glimpse("index", self.pictures)

    def stored(self):
        return self.json("status")["captioned"]

    def test_captions_are_stored_and_neither_place_is_filled_twice(self):
        done = self.caption()
        self.assertEqual((done["captioned"], done["stored"], done["not_indexed"]), (6, 6, 0))
        self.assertEqual(self.stored(), 6)
        whole = self.table.read_bytes()
        again = self.caption()
        self.assertEqual((again["captioned"], again["already"], again["stored"]), (0, 6, 0))
        self.table.unlink()
        self.assertEqual(self.caption()["captioned"], 0)  # the library gives them back
        self.assertEqual(self.table.read_bytes(), whole)
        self.assertEqual(self.caption("--no-csv")["already"], 6)
        self.assertEqual(self.caption("--no-csv", "--choice", "greedy")["captioned"], 6)  # other settings
        self.assertEqual(self.table.read_bytes(), whole)

    def test_a_folder_inside_and_a_table_from_before(self):
        inside = self.pictures / "inside"
        inside.mkdir()
        for path in sorted(self.pictures.glob("*.png"))[:2]:
            path.rename(inside / path.name)
        done = self.json("caption", inside, "--model", COCA, "--no-library")
        self.assertEqual((done["captioned"], done["stored"], self.stored()), (2, 0, 0))
        done = self.json("caption", inside, "--model", COCA)
        self.assertEqual((done["already"], done["stored"], done["not_indexed"]), (2, 0, 2))  # moved, not indexed again
        self.run_glimpse("index", self.pictures)
        done = self.json("caption", inside, "--model", COCA)
        self.assertEqual((done["captioned"], done["stored"], done["not_indexed"]), (0, 2, 0))
        self.assertEqual(self.stored(), 2)

    def test_moved_pictures_keep_theirs_and_deleted_ones_take_theirs_along(self):
        self.caption()
        names = sorted(self.pictures.glob("*.png"))
        names[0].rename(self.pictures / "moved.png")
        names[1].unlink()
        self.run_glimpse("index", self.pictures)
        self.assertEqual(self.stored(), 5)
        self.assertEqual(self.caption("--no-csv")["already"], 5)

    def test_interrupted_it_keeps_what_is_done_in_both(self):
        self.many_pictures()
        self.run_glimpse("index", self.pictures)
        process = self.start_glimpse("caption", self.pictures, "--model", COCA, "--threads", "1")
        self.step_until(process.pid, self.table.exists, process)
        self.interrupt(process)
        rows = len(self.rows())
        self.assertLess(rows, MANY)
        self.assertEqual(self.stored(), rows)
        self.assertEqual(self.caption()["captioned"], MANY - rows)

    def test_killed_it_loses_what_was_in_flight_and_nothing_else(self):
        self.many_pictures()
        self.caption()
        whole = self.table.read_bytes()
        self.table.unlink()
        shutil.rmtree(self.directory / "library")
        self.run_glimpse("index", self.pictures)
        for records in (1, MANY // 4, MANY // 2):
            process = self.start_glimpse("caption", self.pictures, "--model", COCA, "--threads", "1")
            self.step_until(process.pid, lambda: self.records() >= records, process)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        self.caption()
        self.assertEqual(self.table.read_bytes(), whole)
        self.assertEqual(self.stored(), MANY)

    def test_a_table_of_the_users_is_taken_in(self):
        names = [path.name for path in sorted(self.pictures.glob("*.png"))]
        given = self.directory / "captions.csv"
        given.write_text(f"file_name,caption\n{names[0]},a first guess\n{names[1]},\"black dog, sitting\"\n"
                         f"gone.png,a ghost\n{names[2]}\n{names[3]},\n{names[0]},two horses")
        done = self.run_glimpse("caption", self.pictures, "--from", given)
        for word in ("gone.png", "record 4", "record 5", "2 captions stored", "1 of unknown", "2 broken"):
            self.assertIn(word, done.stderr.decode())
        self.assertEqual(self.stored(), 2)
        again = self.json("caption", self.pictures, "--from", given)
        self.assertEqual((again["stored"], again["already"], again["unknown"], again["broken"]), (0, 2, 1, 2))

    def test_captions_are_searched(self):
        names = [path.name for path in sorted(self.pictures.glob("*.png"))]
        given = self.directory / "captions.csv"
        given.write_text(f'file_name,caption\n{names[0]},"a black dog\nOR a cat"\n{names[1]},un café noir\n')
        self.run_glimpse("search", "--captions", "dog", code=1)
        self.run_glimpse("caption", self.pictures, "--from", given)
        line = self.run_glimpse("search", "--captions", "black", "dog").stdout.decode()
        self.assertRegex(line, rf"^\d\.\d{{3}}\t{self.pictures}/{names[0]}\ta black dog OR a cat\n$")
        found = self.json("search", "-c", "CAFE noi")["results"]
        self.assertEqual([(hit["path"], hit["caption"]) for hit in found],
                         [(str(self.pictures / names[1]), "un café noir")])
        for words in ('"black', "dog AND", "black NOT dog", "caf*", "x:y", "(", "NEAR(a b)"):
            self.run_glimpse("search", "--captions", "--", words, code=0 if words in ('"black', "caf*") else 1)
        captions = {hit["path"]: hit.get("caption") for hit in self.json("search", "picture", "-k", 10)["results"]}
        self.assertEqual(captions[str(self.pictures / names[1])], "un café noir")  # a search by what pictures show
        self.assertIsNone(captions[str(self.pictures / names[2])])

    def test_a_server_follows_captions(self):
        names = [path.name for path in sorted(self.pictures.glob("*.png"))]
        given = self.directory / "captions.csv"
        given.write_text(f"file_name,caption\n{names[0]},a black dog\n")
        server, port = start_server(self)

        def get(target):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{target}", timeout=30) as response:
                return json.load(response)
        try:
            self.assertEqual(get("search?q=dog&in=captions")["results"], [])
            self.run_glimpse("caption", self.pictures, "--from", given)
            answer = get("search?q=DOG&in=captions")
            self.assertEqual([(p["name"], p["caption"]) for p in answer["results"]], [(names[0], "a black dog")])
            self.assertEqual((answer["total"], get("status")["captioned"]), (1, 1))
            self.assertEqual(get(f"pictures/{answer['results'][0]['id']}")["caption"], "a black dog")
            for target in ("pictures", "search?q=a%20cat"):
                captions = {picture["name"]: picture.get("caption") for picture in get(target)["results"]}
                self.assertEqual((captions[names[0]], captions[names[1]]), ("a black dog", None), target)
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)

    def test_refusals_about_the_library_say_what_to_do(self):
        def refused(*arguments, code=2):
            return self.run_glimpse("caption", *arguments, code=code).stderr.decode()
        other = self.directory / "other"
        other.mkdir()
        given = self.directory / "given.csv"
        given.write_text("name,price\nbread,3\n")
        self.assertIn("glimpse index", refused(other, "--model", COCA, "--no-csv"))
        self.assertIn("glimpse index", refused(other, "--from", given))
        self.assertIn("file_name,caption", refused(self.pictures, "--from", given, code=3))
        self.assertIn("excludes", refused(self.pictures, "--from", given, "--no-csv"))
        with open(self.directory / "library/lock", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.assertIn("--no-library", refused(self.pictures, "--model", COCA, code=4))
            self.json("caption", self.pictures, "--model", COCA, "--no-library")
        self.assertIn("missing.csv", refused(self.pictures, "--from", self.directory / "missing.csv"))
