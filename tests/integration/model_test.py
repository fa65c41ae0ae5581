"""Models: added as they were published, used beside each other, laid over by a fine-tuned state_dict, refused when damaged."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from shell import GLIMPSE, Shell

DATA = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
TINY_CLIP = DATA / "tiny-clip"  # seeded weights in the layout of a Hugging Face directory, see tools/goldens/models.py


class Models(Shell):
    def test_add_list_use_and_back(self):
        self.some_stamps(20)
        self.run_glimpse("index", self.pictures)
        small = self.json("status")
        self.json("model", "add", TINY_CLIP, "--name", "test/tiny-clip")
        self.assertIn("test/tiny-clip", {m["name"] for m in self.json("model", "list")["models"]})
        self.assertIn("already", self.run_glimpse("model", "add", TINY_CLIP, "--name", "test/tiny-clip", code=2).stderr.decode())

        used = self.json("model", "use", "test/tiny-clip")
        self.assertEqual(used["embedded"], 20)
        status = self.json("status")
        self.assertEqual((status["model"], status["pictures"], status["vectors"]), ("test/tiny-clip", 20, 20))
        self.assertEqual(len(self.json("search", "abc", "-k", 20)["results"]), 20)
        self.assertEqual(self.json("index")["unchanged"], 20)

        self.assertEqual(self.json("model", "use", "glimpse-small")["embedded"], 0)  # its vectors are still there
        self.assertEqual(self.json("status")["fingerprint"], small["fingerprint"])

    def test_every_published_layout_is_added_as_it_is(self):
        for source, name, family, dimension in ((DATA / "tiny-open-clip", "tiny-open-clip", "clip", 32),
                                                (DATA / "tiny-openai/ViT-tiny.pt", "ViT-tiny", "clip", 32),
                                                (DATA / "tiny-siglip", "tiny-siglip", "siglip", 48),
                                                (DATA / "tiny-coca", "tiny-coca", "coca", 48),
                                                (DATA / "tiny-blip-itm", "tiny-blip-itm", "blip", 24)):
            there = self.json("embed", "--model", source, "--text", "black dog")
            added = self.json("model", "add", source)
            self.assertEqual((added["name"], added["family"], added["dimension"]), (name, family, dimension))
            self.assertEqual(self.json("embed", "--model", name, "--text", "black dog")["vectors"], there["vectors"])

    def test_a_matching_head_puts_the_first_hits_in_order(self):
        blip = DATA / "tiny-blip-itm"
        self.some_stamps(8)
        self.run_glimpse("index", self.pictures, "--model", blip)
        plain = self.json("search", "black dog", "-k", 8)["results"]
        self.assertFalse(any("match" in hit for hit in plain))
        gone = pathlib.Path(plain[1]["path"])
        gone.rename(self.directory / "elsewhere")
        done = self.run_glimpse("search", "black dog", "-k", 8, "--rerank", 5, "--json")
        self.assertIn(gone.name, done.stderr.decode())
        hits = json.loads(done.stdout)["results"]
        matches = [hit["match"] for hit in hits[:4]]
        self.assertEqual(matches, sorted(matches, reverse=True))
        self.assertTrue(0 < matches[3] < matches[0] < 1)
        self.assertEqual({hit["path"] for hit in hits[:4]}, {hit["path"] for hit in plain[:5]} - {str(gone)})
        self.assertEqual(hits[4], plain[1])
        self.assertEqual(hits[5:], plain[5:])
        # The best two of the five, not the five's order of the best two.
        self.assertEqual(self.json("search", "black dog", "-k", 2, "--rerank", 5)["results"], hits[:2])
        self.assertIn("words", self.run_glimpse("search", hits[0]["path"], "--rerank", 5, code=2).stderr.decode())

    def test_another_model_may_look_again(self):
        self.some_stamps(3)
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)
        errors = self.run_glimpse("search", "abc", "--rerank", 3, code=2).stderr.decode()
        self.assertIn("blip-itm-base-coco", errors)
        hits = self.json("search", "abc", "--rerank", 3, "--rerank-model", DATA / "tiny-blip-itm")["results"]
        self.assertEqual(len([hit for hit in hits if "match" in hit]), 3)

    def test_a_library_is_not_searched_with_another_model(self):
        self.some_stamps(5)
        self.run_glimpse("index", self.pictures)
        errors = self.run_glimpse("search", "abc", "--model", TINY_CLIP, code=2).stderr.decode()
        self.assertIn("model use", errors)

    def test_a_fine_tuned_state_dict_changes_the_vectors(self):
        plain = self.json("embed", "--model", TINY_CLIP, "--text", "abc")["vectors"][0]
        self.environment["MODEL_PARAMS_PATH"] = str(DATA / "tiny-clip-params.pt")
        tuned = self.json("embed", "--model", TINY_CLIP, "--text", "abc")["vectors"][0]
        self.assertNotEqual(plain, tuned)

    def test_calibration_makes_int8_possible_and_another_fingerprint(self):
        model = self.directory / "tiny-dual"
        shutil.copytree(DATA / "tiny-dual", model)
        self.some_stamps(6)
        embed = ["embed", "--model", model, "--image", min(self.pictures.iterdir()), "--precision"]
        self.assertIn("model calibrate", self.run_glimpse(*embed, "int8", code=2).stderr.decode())
        done = self.json("model", "calibrate", self.pictures, "--model", model, "--count", 4)
        self.assertEqual((done["pictures"], pathlib.Path(done["file"])), (4, model / "activation_ranges.json"))
        self.assertNotEqual(self.json(*embed, "int8")["vectors"], self.json(*embed, "f32")["vectors"])
        empty = self.directory / "empty"
        empty.mkdir()
        self.assertIn("expected pictures", self.run_glimpse("model", "calibrate", empty, "--model", model, code=2).stderr.decode())

    def test_a_published_model_is_calibrated_in_this_machines_record(self):
        self.some_stamps(48)
        before = sorted(path.name for path in TINY_CLIP.iterdir())
        tried = self.json("model", "calibrate", self.pictures, "--model", TINY_CLIP, "--count", 48)
        self.assertEqual(tried["compared"], 16)
        self.assertIn(tried["precision"], ("f32", "bf16", "int8"))
        for cosine in tried["median_cosines"].values():
            self.assertTrue(0.5 < cosine <= 1.0001, cosine)
        self.assertEqual(sorted(path.name for path in TINY_CLIP.iterdir()), before)
        about = self.json("model", "info", TINY_CLIP)
        self.assertEqual(about["precision_here"], tried["precision"])

    def test_verify_runs_the_goldens_of_the_family(self):
        expected = {"tiny-clip": ["tiny-clip", "tiny-open-clip", "tiny-openai"], "tiny-siglip": ["tiny-siglip"],
                    "tiny-coca": ["tiny-coca"], "tiny-blip-itm": ["tiny-blip-itm", "tiny-blip-caption"],
                    "tiny-dual": ["tiny-dual"]}
        for model, layouts in expected.items():
            goldens = self.json("model", "verify", DATA / model)["goldens"]
            self.assertEqual([g["layout"] for g in goldens], layouts)
            for golden in goldens:
                if golden["layout"] != "tiny-blip-caption":
                    self.assertGreaterEqual(golden["pictures_cosine"], 0.99999)
                    self.assertGreaterEqual(golden["words_cosine"], 0.99999)
            captions = {g["layout"]: g.get("equal_captions", 0) for g in goldens}
            self.assertEqual(captions.get("tiny-coca", 3), 3)
            self.assertEqual(captions.get("tiny-blip-caption", 5), 5)
        table = self.run_glimpse("model", "verify", DATA / "tiny-coca").stdout.decode()
        self.assertIn("golden tiny-coca\tpictures ", table)
        self.assertIn("3 captions equal", table)

    def test_verify_says_when_this_build_misses_the_reference(self):
        there = self.directory / "program"  # goldens lie beside the program, so another program has others
        shutil.copytree(pathlib.Path(GLIMPSE).parent.parent / "share/glimpse/goldens", there / "share/glimpse/goldens")
        (there / "bin").mkdir()
        shutil.copy(GLIMPSE, there / "bin/glimpse")
        goldens = there / "share/glimpse/goldens"
        shutil.copy(goldens / "tiny-coca.goldens", goldens / "tiny-siglip.goldens")  # another model's vectors, as wide
        done = subprocess.run([there / "bin/glimpse", "model", "verify", DATA / "tiny-siglip"], env=self.environment,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("golden tiny-siglip: pictures: expected a cosine of at least 0.99999, found", done.stderr.decode())
        shutil.rmtree(goldens)
        done = subprocess.run([there / "bin/glimpse", "model", "verify", DATA / "tiny-siglip"], env=self.environment,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no golden of this family is in", done.stdout.decode())

    def test_a_damaged_model_is_refused_by_name(self):
        broken = self.directory / "broken"
        shutil.copytree(TINY_CLIP, broken)
        weights = broken / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
        self.assertIn("model.safetensors", self.run_glimpse("model", "add", broken, code=3).stderr.decode())
        self.assertIn("no model 'nobody'", self.run_glimpse("embed", "--model", "nobody", "--text", "a", code=2).stderr.decode())


if __name__ == "__main__":
    unittest.main()
