"""`glimpse eval`: how well pictures are found, of captioned pictures and of any system's run."""

import csv
import json
import math
import os
import pathlib
import signal
import subprocess
import time
import unittest

from shell import Shell, png

ROOT = pathlib.Path(__file__).resolve().parents[2]

MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
TINY_CLIP, TINY_SIGLIP, TINY_DUAL = (MODELS / f"tiny-{family}" for family in ("clip", "siglip", "dual"))
MEASURES = {f"{name}@{k}" for name in ("recall", "hit_rate", "precision", "ndcg") for k in (1, 5, 10)} | {"mrr", "map"}


class Eval(Shell):
    def captioned(self, count=12):
        """Real pictures, each with its name as a caption and one that all share."""
        self.some_stamps(count)
        names = sorted(p.relative_to(self.pictures) for p in self.pictures.rglob("*.png"))
        with open(self.pictures / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for name in names:
                writer.writerows([[name, f"a picture of {name.stem}"], [name, "something to find"]])
        return names

    def test_captioned_pictures_both_ways(self):
        names = self.captioned()
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "--worst", 3)
        self.assertEqual((report["pictures"], report["queries"], report["unread"]), (len(names), len(names) + 1, 0))
        for way in ("text_to_image", "image_to_text"):
            values = report[way]
            self.assertEqual(set(values), MEASURES | {"intervals"})
            for name in MEASURES:
                low, high = values["intervals"][name]
                self.assertTrue(0 <= low <= values[name] <= high <= 1, name)
        self.assertEqual(len(report["worst"]), 3)
        self.assertGreaterEqual(report["worst"][0]["rank"], report["worst"][1]["rank"])
        self.assertFalse(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]).exists())  # the user's library is left alone

    def test_its_run_measures_the_same_as_it_does(self):
        self.captioned()
        run, qrels = self.directory / "run", self.directory / "qrels"
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "--write-run", run, "--write-qrels", qrels)
        again = self.json("eval", "--qrels", qrels, "--run", run)
        self.assertEqual(again["queries"], report["queries"])
        for name in MEASURES:
            self.assertAlmostEqual(again[name], report["text_to_image"][name], places=9, msg=name)
        self.assertEqual(len(again["per_query"]), again["queries"])

    def test_labels_pictures_missing_and_rows_broken(self):
        names = self.captioned()
        with open(self.pictures / "data.csv", "a") as file:
            file.write("gone.png,a picture that is not there\nno caption\n")
        (self.pictures / names[0]).write_bytes(b"no picture")
        done = self.run_glimpse("eval", self.pictures, "--model", TINY_CLIP, "--json")
        self.assertIn(b"gone.png", done.stderr)
        self.assertIn(b"expected 2 fields, got 1", done.stderr)
        self.assertIn(f'"pictures":{len(names) - 1}'.encode(), done.stdout)
        (self.pictures / "data.csv").unlink()
        for i, name in enumerate(names[1:]):
            label = self.pictures / ("even" if i % 2 else "odd")
            label.mkdir(exist_ok=True)
            (self.pictures / name).rename(label / f"{i}.png")
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "-K", "1,3")
        self.assertEqual(report["queries"], 2)
        self.assertIn("precision@3", report["text_to_image"])

    def painted(self):
        """Pictures of one colour each, with captions that speak of colours, counts and relations."""
        colours = {"red": (200, 20, 20), "green": (20, 160, 20), "blue": (20, 20, 200), "black": (0, 0, 0),
                   "white": (255, 255, 255), "yellow": (230, 220, 20)}
        with open(self.pictures / "data.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "caption"])
            for i, (name, rgb) in enumerate(colours.items()):
                (self.pictures / f"{name}.png").write_bytes(png(40 + i, 32, rgb))
                writer.writerows([[f"{name}.png", f"a {name} car"], [f"{name}.png", f"two dogs on {name} grass"],
                                  [f"{name}.png", f"number {i} is nameless"]])
        return list(colours)

    def query_file(self, *queries):
        path = self.directory / "queries.json"
        path.write_text(json.dumps({"queries": list(queries)}))
        return path

    def test_slices_by_what_captions_speak_of(self):
        colours = self.painted()
        report = self.json("eval", self.pictures, "--model", TINY_CLIP, "--per-query")
        slices = {(one["attribute"], one.get("value")): one for one in report["slices"]}
        self.assertEqual([one["attribute"] for one in report["slices"] if "value" not in one],
                         ["colour", "count", "object", "scene", "relation", "none"])
        sizes = {key: slices[key, None]["queries"] for key in ("colour", "count", "object", "scene", "none")}
        self.assertEqual(sizes, {"colour": 12, "count": 10, "object": 12, "scene": 6, "none": 2})  # 0 and 1 are no counts
        self.assertEqual(slices["colour", "red"]["queries"], 2)
        self.assertEqual(slices["colour", "red"]["groups"], 1)  # captions of one picture
        self.assertFalse(slices["colour", None]["trusted"])
        colour = [query["ndcg@10"] for query in report["per_query"] if any(f" {c} " in query["query"] for c in colours)]
        self.assertAlmostEqual(slices["colour", None]["ndcg@10"], sum(colour) / len(colour), places=9)
        self.assertIn("too few to trust", self.run_glimpse("eval", self.pictures, "--model", TINY_CLIP).stdout.decode())

    def test_queries_of_a_file_with_and_without_judgments(self):
        self.painted()
        queries = self.query_file({"id": "one", "query": "red car", "attributes": {"scene": "beach"}},
                                  {"id": "two", "query": "two dogs"})
        asked = ("eval", self.pictures, "--queries", queries, "--model", TINY_CLIP)
        report = self.json(*asked)
        self.assertEqual((report["queries"], report["text_to_image"], report["pictures"]), (0, None, 6))
        self.assertEqual([len(answer["found"]) for answer in report["answers"]], [6, 6])
        last = report["answers"][0]["found"][-1]
        qrels = self.directory / "judged.qrels"
        qrels.write_text(f"one 0 {last} 2\ntwo 0 gone.png 1\n")
        done = self.run_glimpse(*asked, "--qrels", qrels, "--json")
        self.assertIn(b"query 'two': 'gone.png' was judged, but is not among the pictures", done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["queries"], report["broken"]), (1, 1))
        self.assertAlmostEqual(report["text_to_image"]["mrr"], 1 / 6, places=9)
        self.assertEqual([one["attribute"] for one in report["slices"] if "value" not in one], ["scene"])
        self.assertIn(b"red car", self.run_glimpse(*asked).stdout)
        run = self.directory / "run"
        self.run_glimpse(*asked, "--write-run", run)
        self.assertEqual({line.split()[0] for line in run.read_text().splitlines()}, {"one", "two"})
        self.assertIn(b"expected a JSON object", self.run_glimpse(*asked[:3], qrels, code=3).stderr)

    def test_what_people_judged_in_the_library_measures_any_model(self):
        self.painted()
        queries = self.directory / "queries.txt"
        queries.write_text("red car\nblue sea\n")
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        told, exported = self.directory / "told.qrels", self.directory / "judged.qrels"
        told.write_text("red%20car 0 red.png 3\nred%20car 0 black.png 0\nblue%20sea 0 blue.png 1\n")
        self.run_glimpse("judge", "--import", told)
        self.run_glimpse("judge", "--export", exported)  # whole paths, and queries by ids that its topics explain
        asked = ("eval", self.pictures, "--queries", queries, "--qrels", exported)
        report = self.json(*asked, "--model", TINY_CLIP)
        self.assertEqual((report["queries"], report["broken"]), (2, 0))
        self.assertEqual([answer["right"] for answer in report["answers"]], [["red.png"], ["blue.png"]])
        pair = self.json(*asked, "--model", TINY_CLIP, "--against", TINY_SIGLIP)
        self.assertEqual(pair["queries"], 2)
        self.assertIn(b"--judgments are the library's own", self.run_glimpse("eval", "--judgments", "--against", TINY_CLIP,
                                                                             code=2).stderr)

    def test_graded_queries_have_graded_measures(self):
        self.painted()
        order = self.json("eval", self.pictures, "--queries", self.query_file({"id": "1", "query": "red car"}),
                          "--model", TINY_CLIP)["answers"][0]["found"]
        queries = self.query_file({"id": "1", "query": "red car", "relevant": {order[0]: 1, order[1]: 3}})
        found = self.json("eval", self.pictures, "--queries", queries, "--model", TINY_CLIP)["text_to_image"]
        ideal = 3 + 1 / math.log2(3)
        self.assertAlmostEqual(found["ndcg@10"], (1 + 3 / math.log2(3)) / ideal, places=9)
        queries = self.query_file({"id": "1", "query": "red car", "relevant": {order[0]: 0, order[1]: 3}})
        page = self.directory / "page.html"
        self.run_glimpse("eval", self.pictures, "--queries", queries, "--model", TINY_CLIP, "--report", page)
        self.assertRegex(page.read_text(), f"✗ wrong</span>{order[0]}.*✓ right</span>{order[1]}.*grade 3")

    def test_grades_from_which_a_picture_is_right(self):
        self.painted()
        asked = ("eval", self.pictures, "--model", TINY_CLIP, "-K", "1,5", "--queries")
        order = self.json(*asked, self.query_file({"id": "1", "query": "red car"}))["answers"][0]["found"]
        queries = self.query_file({"id": "1", "query": "red car", "relevant": {order[0]: 1, order[1]: 2, order[2]: 3}})
        lenient = self.json(*asked, queries)["text_to_image"]
        strict = self.json(*asked, queries, "--right-from", "2")["text_to_image"]
        self.assertEqual((lenient["precision@5"], strict["precision@5"]), (0.6, 0.4))
        self.assertEqual((lenient["mrr"], strict["mrr"]), (1, 0.5))
        self.assertEqual(lenient["ndcg@5"], strict["ndcg@5"])
        page = self.directory / "page.html"
        pair = (*asked, queries, "--right-from", "2", "--against", TINY_SIGLIP, "--report", page)
        found = self.json(*pair)["per_query"][0]
        self.assertEqual((found["measures_a"]["precision@5"], found["rank_a"]), (0.4, 2))
        self.assertEqual(found["b"], found["measures_b"]["ndcg@5"])
        self.assertRegex(page.read_text(), f"✗ wrong</span>{order[0]}.*grade 1")
        self.assertIn("Query by query", page.read_text())
        self.assertRegex(self.run_glimpse(*pair).stdout.decode(),
                         r"query by query: precision@5, nDCG@5\n +0\.400 -> \d\.\d+ +\d\.\d+ -> .* red car\n")
        self.assertIn(b"right-from", self.run_glimpse(*asked, queries, "--right-from", "0", code=2).stderr)

    def test_two_models_on_the_same_queries(self):
        self.captioned()
        alone = {model: self.json("eval", self.pictures, "--model", model) for model in (TINY_CLIP, TINY_SIGLIP)}
        pair = self.json("eval", self.pictures, "--model", TINY_CLIP, "--against", TINY_SIGLIP)
        for side, model in (("a", TINY_CLIP), ("b", TINY_SIGLIP)):
            self.assertEqual(pair[side]["name"], model.name)
            for way in ("text_to_image", "image_to_text"):
                for name in MEASURES:
                    self.assertAlmostEqual(pair[way][name][side], alone[model][way][name], places=9, msg=name)
        decided = pair["text_to_image"]["ndcg@10"]
        self.assertEqual(pair["measure"], "ndcg@10")
        self.assertAlmostEqual(pair["difference"], decided["b"] - decided["a"], places=9)
        self.assertTrue(pair["interval"][0] <= pair["difference"] <= pair["interval"][1])
        self.assertEqual(pair["wins"] + pair["losses"] + pair["ties"], pair["queries"])
        gains = [query["b"] - query["a"] for query in pair["per_query"]]
        self.assertEqual(gains, sorted(gains, reverse=True))
        self.assertEqual(sum(gain > 1e-12 for gain in gains), pair["wins"])
        turned = self.json("eval", self.pictures, "--model", TINY_SIGLIP, "--against", TINY_CLIP)
        self.assertAlmostEqual(turned["difference"], -pair["difference"], places=9)
        self.assertEqual((turned["wins"], turned["losses"]), (pair["losses"], pair["wins"]))
        text = self.run_glimpse("eval", self.pictures, "--model", TINY_CLIP, "--against", TINY_SIGLIP).stdout.decode()
        self.assertTrue(text.startswith(pair["verdict"]), text)
        self.assertIn(f"{pair['wins']} better, {pair['losses']} worse", text)

    def test_one_model_in_two_ways(self):
        self.captioned()
        asked = ("eval", self.pictures, "--model", TINY_CLIP)
        pair = self.json(*asked, "--precision", "f32", "--against-precision", "bf16")
        self.assertEqual((pair["a"]["name"], pair["b"]["name"]), ("f32", "bf16"))
        pair = self.json(*asked, "--against-prompt", "a photo of {}")
        self.assertEqual((pair["a"]["name"], pair["b"]["name"]), ("no prompt", "“a photo of {}”"))
        pair = self.json(*asked, "--against-index", "hnsw")
        self.assertEqual((pair["a"]["name"], pair["b"]["name"]), ("exact", "hnsw"))
        self.assertEqual((pair["outcome"], pair["wins"], pair["losses"]), ("equal", 0, 0))
        alone = self.json(*asked)["text_to_image"]["ndcg@10"]
        self.assertAlmostEqual(pair["text_to_image"]["ndcg@10"]["a"], alone, delta=0.02)  # halves are a little rougher
        self.assertIn(f"exact and hnsw are equally right on each of {pair['queries']} queries", pair["verdict"])

    def test_two_models_where_nobody_judged(self):
        self.painted()
        pair = self.json("eval", self.pictures, "--queries", self.query_file({"id": "1", "query": "red car"}),
                         "--model", TINY_CLIP, "--against", TINY_SIGLIP)
        self.assertEqual((pair["outcome"], pair["queries"], pair["overlap@10"]), (None, 0, 1))  # six pictures, all shown
        self.assertIn("nobody judged these queries", pair["verdict"])
        self.assertEqual(sorted(pair["answers"][0]["found_a"]), sorted(pair["answers"][0]["found_b"]))

    def test_many_models_each_in_a_process_of_its_own(self):
        self.captioned()
        alone = {model: self.json("eval", self.pictures, "--model", model)["text_to_image"]
                 for model in (TINY_CLIP, TINY_DUAL)}
        self.environment["GLIMPSE_COMPARE"] = f"{TINY_CLIP},{TINY_DUAL}"  # which a child must not take for its own
        self.environment["GLIMPSE_REPORT"] = str(self.directory / "compared.html")
        done = self.json("eval", self.pictures)
        self.assertEqual({model["name"] for model in done["models"]}, {str(TINY_CLIP), str(TINY_DUAL)})
        values = [model["text_to_image"]["ndcg@10"] for model in done["models"]]
        self.assertEqual(values, sorted(values, reverse=True))
        for model in done["models"]:
            for name in MEASURES:
                self.assertAlmostEqual(model["text_to_image"][name], alone[pathlib.Path(model["name"])][name], places=9)
            self.assertGreater(model["memory_bytes"], 1 << 20)
            self.assertGreater(model["pictures_per_second"], 0)
            self.assertLessEqual(model["words_ms"], model["words_ms_p99"])
        self.assertIsNone(done["models"][0]["against_best"])
        last = done["models"][1]["against_best"]
        self.assertIn(last["outcome"], ("worse", "no difference", "equal"))
        self.assertAlmostEqual(last["difference"], values[1] - values[0], places=9)
        page = (self.directory / "compared.html").read_text()
        self.assertIn("2 models on the same pictures", page)
        self.assertIn("best", self.run_glimpse("eval", self.pictures, "--quiet").stdout.decode())
        (self.pictures / "data.csv").write_text("file_name\n")
        self.assertIn(b"ended with exit code 3", self.run_glimpse("eval", self.pictures, code=2).stderr)

    def test_a_comparison_that_is_stopped_leaves_no_process(self):
        self.captioned(60)
        parent = self.start_glimpse("eval", self.pictures, "--compare", f"{TINY_CLIP},{TINY_DUAL}", "--quiet")
        listed = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        deadline = time.time() + 60
        children = []
        while not children and time.time() < deadline:
            children = listed.read_text().split()
        parent.send_signal(signal.SIGTERM)
        parent.communicate(timeout=60)
        self.assertEqual(parent.returncode, 130)
        self.assertTrue(children)
        self.assertFalse(any(pathlib.Path(f"/proc/{child}").exists() for child in children))

    def test_reports_in_a_real_browser(self):
        names = self.captioned()
        with open(self.pictures / "data.csv", "a") as file:
            file.write(f'{names[0]},"<script>alert(1)</script> & <b>bold"\n')
        asked = ("eval", self.pictures, "--model", TINY_CLIP, "--quiet")
        queries = self.query_file({"id": "1", "query": "red car"},
                                  {"id": "2", "query": "<i>dog</i>", "relevant": {str(names[1]): 2, str(names[2]): 0}})
        reports = {"model": (), "pair": ("--against", TINY_SIGLIP), "models": ("--compare", f"{TINY_CLIP},{TINY_DUAL}"),
                   "queries": ("--queries", queries), "queries-pair": ("--queries", queries, "--against-prompt", "a {}")}
        for name, flags in reports.items():
            self.run_glimpse(*asked, *flags, "--report", self.directory / f"{name}.html")
            self.assertNotIn(b"<script", (self.directory / f"{name}.html").read_bytes())
        self.assertIn("✓ right", (self.directory / "pair.html").read_text())
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", (self.directory / "model.html").read_text())
        answers = (self.directory / "queries.html").read_text()
        self.assertLessEqual(answers.count("✓ right"), 1)
        self.assertLessEqual(answers.count("✗ wrong"), 1)
        done = subprocess.run([ROOT / ".deps/bin/node", "--test", ROOT / "tests/e2e/eval_report.test.mjs"], timeout=600,
                              capture_output=True, env={**os.environ, "GLIMPSE_REPORTS": ":".join(
                                  str(self.directory / f"{name}.html") for name in reports)})
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:])
        self.assertIn(b"tests 20", done.stdout)  # five reports, two widths, light and dark

    def test_refuses_what_cannot_be_compared(self):
        self.captioned(2)
        asked = ("eval", self.pictures, "--model", TINY_CLIP)
        for flags, words in ((("--against", TINY_CLIP), "both sides are the same"),
                             (("--prompt", "no place"), "needs one {}"),
                             (("--against-prompt", "{} and {}"), "needs one {}"),
                             (("--compare", "no-such-model"), "no-such-model"),
                             (("--compare", TINY_CLIP, "--against", TINY_SIGLIP), "give one"),
                             (("--queries", self.directory / "none.json"), "none.json"),
                             (("--queries", "q", "--run", "x"), "give one of them"),
                             (("--report", self.directory / "no/where.html"), "where the report would go"),
                             (("--run", "x"), "--qrels and --run go together")):
            self.assertIn(words, self.run_glimpse(*asked, *flags, code=2).stderr.decode(), flags)

    def test_says_what_is_missing(self):
        self.assertIn(b"nothing to evaluate", self.run_glimpse("eval", code=2).stderr)
        self.assertIn(b"--qrels and --run go together", self.run_glimpse("eval", "--run", "x", code=2).stderr)
        self.assertIn(b"--report shows pictures",
                      self.run_glimpse("eval", "--qrels", "x", "--run", "x", "--report", "x.html", code=2).stderr)
        self.assertIn(b"expected a data.csv", self.run_glimpse("eval", self.pictures, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
