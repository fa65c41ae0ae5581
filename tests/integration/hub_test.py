"""Models from a hub: downloads that end well on bad lines, and refusals that say what to do."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

from hub_server import COMMIT, Hub
from shell import GLIMPSE, Shell

DATA = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
NAME = "openai/clip-vit-base-patch32"  # seeded weights under the name of the real one


class HubTest(Shell):
    def setUp(self):
        super().setUp()
        files = {f.name: f.read_bytes() for f in sorted((DATA / "tiny-clip").iterdir())}
        self.hub = Hub(NAME, {**files, "README.md": b"not needed", "pytorch_model.bin": b"not needed"})
        self.addCleanup(self.hub.close)
        for name in [n for n in self.environment if n.startswith("HF_") or n.lower().endswith("_proxy")]:
            del self.environment[name]
        self.environment.update({"HF_ENDPOINT": self.hub.address, "HF_HOME": str(self.directory / "hf"),
                                 "GLIMPSE_HUB_TIMEOUT": "2"})
        self.store = self.directory / "data/glimpse/models"
        self.model = self.store / NAME.replace("/", "--")

    def add(self, name=NAME, code=0):
        done = self.run_glimpse("model", "add", name, "--json", code=code)
        return json.loads(done.stdout) if code == 0 else done.stderr.decode()

    def parts(self):
        return list(self.store.glob(".*/*.part"))

    def weights(self):
        return self.hub.files["model.safetensors"]

    def assert_usable(self):
        there = self.json("embed", "--model", NAME, "--text", "black dog")["vectors"]
        self.assertEqual(there, self.json("embed", "--model", DATA / "tiny-clip", "--text", "black dog")["vectors"])

    # --- it works

    def test_a_model_is_downloaded_by_any_of_its_names(self):
        added = self.add("ViT-B-32__openai")
        self.assertEqual((added["name"], added["family"], added["dimension"]), (NAME, "clip", 32))
        self.assert_usable()
        self.assertNotIn("README.md", self.hub.files_asked_for())
        self.assertNotIn("pytorch_model.bin", self.hub.files_asked_for())
        for spelling in ("ViT-B/32", "ViT-B-32::openai", NAME):
            self.run_glimpse("embed", "--model", spelling, "--text", "dog")
        self.assertIn("already", self.add("ViT-B-32::openai", code=2))
        info = self.json("model", "info", "ViT-B/32")
        self.assertEqual((info["repository"], info["commit"], info["image_size"]), (NAME, COMMIT, 32))
        self.assertEqual(self.parts(), [])

    def test_verify_finds_a_flipped_byte(self):
        self.add()
        self.assertIn("files as downloaded", self.json("model", "verify", NAME)["files"])
        weights = self.model / "model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-1] ^= 1
        weights.write_bytes(data)
        self.assertIn("model.safetensors: expected SHA-256",
                      self.run_glimpse("model", "verify", NAME, code=3).stderr.decode())

    def test_published_values_are_printed_beside_ours(self):
        self.add()
        self.some_stamps(1)
        picture = next(self.pictures.iterdir())
        rows = self.json("model", "verify", NAME, "--picture", picture)["published"]
        self.assertEqual([round(r["published"], 4) for r in rows], [24.5701, 19.3049])
        self.assertIn("two cats", rows[0]["picture"])
        image = self.json("embed", "--model", NAME, "--precision", "f32", "--image", picture)["vectors"][0]
        for row in rows:
            words = self.json("embed", "--model", NAME, "--text", row["caption"])["vectors"][0]
            self.assertAlmostEqual(row["ours"], 100 * sum(a * b for a, b in zip(image, words)), delta=0.02)

    def test_remove_takes_it_away_unless_the_library_needs_it(self):
        self.add()
        self.some_stamps(3)
        self.run_glimpse("index", self.pictures, "--model", NAME)
        self.assertIn("--force", self.run_glimpse("model", "remove", NAME, code=2).stderr.decode())
        self.assertEqual(self.json("model", "remove", NAME, "--force"), {"removed": NAME})
        self.assertFalse(self.model.exists())
        self.assertIn("not in the store", self.run_glimpse("model", "remove", "glimpse-small", code=2).stderr.decode())

    def test_an_existing_cache_is_used_where_it_lies(self):
        cache = self.directory / "hf/hub/models--openai--clip-vit-base-patch32"
        shutil.copytree(DATA / "tiny-clip", cache / "snapshots" / COMMIT)
        (cache / "refs").mkdir()
        (cache / "refs/main").write_text(COMMIT)
        self.environment["HF_HUB_OFFLINE"] = "1"
        self.add("ViT-B-32::openai")
        self.assertTrue(self.model.is_symlink())
        self.assert_usable()
        self.assertEqual(self.hub.requests, [])
        self.run_glimpse("model", "remove", NAME)
        self.assertTrue((cache / "snapshots" / COMMIT / "model.safetensors").exists())

    def test_weights_in_parts_are_fetched_with_their_index(self):
        self.hub.divide_weights()
        self.add()
        self.assert_usable()
        self.assertEqual(len([n for n in self.hub.files_asked_for() if "-of-00002" in n]), 2)
        self.assertNotIn("pytorch_model.bin", self.hub.files_asked_for())
        self.assertIn("files as downloaded", self.json("model", "verify", NAME)["files"])
        del self.hub.files["model-00002-of-00002.safetensors"]
        self.run_glimpse("model", "remove", NAME)
        self.assertIn("not all the parts", self.add(code=2))

    def test_a_proxy_is_gone_through_unless_no_proxy_says_otherwise(self):
        self.environment["HF_ENDPOINT"] = "http://hub.invalid"  # only a proxy can know it
        self.assertIn("hub.invalid", self.add(code=4))
        self.environment["http_proxy"] = self.hub.address
        self.add()
        self.assert_usable()
        self.assertEqual({h["Host"] for _, h in self.hub.requests}, {"hub.invalid"})
        self.run_glimpse("model", "remove", NAME)
        self.environment["no_proxy"] = "hub.invalid"
        self.assertIn("hub.invalid", self.add(code=4))

    # --- the line is bad

    def test_cut_connections_are_gone_on_with(self):
        self.hub.cut_after, self.hub.cuts = 40_000, 4
        self.add()
        self.assert_usable()
        starts = [h["Range"] for p, h in self.hub.requests if p.endswith("model.safetensors") and "Range" in h]
        self.assertEqual(starts, [f"bytes={40_000 * n}-" for n in range(1, 5)])

    def test_what_came_before_an_end_is_not_fetched_again(self):
        self.hub.cut_after, self.hub.cuts = 0, -1
        self.assertIn("tried 5 times", self.add(code=4))
        self.parts()[0].write_bytes(self.weights()[:50_000])  # as an earlier run left it
        self.hub.cuts = 0
        self.hub.requests.clear()
        self.add()
        self.assert_usable()
        self.assertEqual(self.hub.files_asked_for(), ["model.safetensors"])
        self.assertEqual(self.hub.requests[-1][1]["Range"], "bytes=50000-")

    def test_a_stalled_server_is_left(self):
        self.hub.stall = True
        self.environment["GLIMPSE_HUB_TIMEOUT"] = "1"
        process = subprocess.Popen([GLIMPSE, "model", "add", NAME], env=self.environment, stderr=subprocess.PIPE)
        while len([p for p, _ in self.hub.requests if p.endswith("model.safetensors")]) < 2:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1].decode()
        self.assertEqual(process.returncode, 130, errors)
        self.assertGreater(self.parts()[0].stat().st_size, 0)  # kept for the next time

    def test_a_moment_of_trouble_passes(self):
        self.hub.status = [(429, {"Retry-After": "1"}), (500, {}), (503, {})]
        self.add()
        self.assert_usable()

    def test_trouble_that_stays_is_reported(self):
        self.hub.status = [(503, {})] * 5
        self.assertIn("503", self.add(code=4))
        self.assertFalse(self.model.exists())

    # --- the answer is wrong

    def test_a_wrong_hash_is_never_admitted(self):
        self.hub.served["model.safetensors"] = self.weights()[:-1] + b"x"
        errors = self.add(code=3)
        self.assertIn("model.safetensors", errors)
        self.assertIn("hash", errors)
        self.assertEqual(self.hub.files_asked_for().count("model.safetensors"), 2)
        self.assertFalse(self.model.exists())
        del self.hub.served["model.safetensors"]
        self.add()
        self.assert_usable()

    def test_more_bytes_than_promised_are_refused(self):
        self.hub.served["model.safetensors"] = self.weights() + b"more"
        self.assertIn("longer than", self.add(code=3))

    def test_private_models_ask_for_a_token_which_no_other_host_sees(self):
        other = Hub(NAME, self.hub.files)
        self.addCleanup(other.close)
        self.hub.token = "hf_secret"
        self.assertIn("HF_TOKEN", self.add(code=2))
        self.environment["HF_TOKEN"] = "hf_secret"
        self.hub.redirect = other.address
        self.add()
        self.assert_usable()
        self.assertEqual(other.files_asked_for(), ["model.safetensors"])
        self.assertNotIn("Authorization", other.requests[0][1])

    def test_the_token_may_be_in_a_file(self):
        self.hub.token = "hf_secret"
        (self.directory / "token").write_text("hf_secret\n")
        self.environment["HF_TOKEN_FILE"] = str(self.directory / "token")
        self.add()
        self.assert_usable()

    def test_a_gated_model_says_what_to_do(self):
        self.hub.status = [(403, {})]
        self.assertIn("licence", self.add(code=2))

    def test_unknown_models_and_revisions(self):
        self.assertIn("404", self.add("someone/else", code=2))
        self.assertIn("404", self.add(NAME + "@v2", code=2))
        self.assertIn("ViT-B-32::openai", self.add("ViT-B-32::openia", code=2))
        self.assertIn("FastViT", self.add("MobileCLIP-S1::datacompdr", code=2))
        self.assertIn(f"glimpse model add {NAME}", self.run_glimpse("embed", "--model", NAME, "--text", "a", code=2).stderr.decode())

    def test_a_family_that_does_not_run_is_refused_before_its_weights_come(self):
        tiny = DATA / "tiny-open-clip"
        config = json.loads((tiny / "open_clip_config.json").read_text())
        config["model_cfg"]["vision_cfg"]["timm_model_name"] = "fastvit_mci1"
        self.hub.files = {"open_clip_config.json": json.dumps(config).encode(), "open_clip_model.safetensors": b"x" * 1000}
        errors = self.add(code=3)
        self.assertIn("fastvit_mci1", errors)
        self.assertIn("MobileCLIP", errors)
        self.assertEqual(self.hub.files_asked_for(), ["open_clip_config.json"])

    def test_names_that_would_leave_the_directory(self):
        self.hub.listing = self.hub.list()
        self.hub.listing["siblings"][0]["rfilename"] = "../../evil"
        self.assertIn("not allowed", self.add(code=3))
        self.assertEqual(list(self.directory.glob("**/evil")), [])

    def test_a_model_that_does_not_run_is_not_admitted(self):
        self.hub.files["config.json"] = b'{"model_type": "llama"}'
        self.assertIn("llama", self.add(code=2))
        self.assertNotIn("model.safetensors", self.hub.files_asked_for())  # gigabytes for nothing
        self.assertFalse(self.model.exists())

    # --- there is no room, or no way

    def test_a_disk_without_room_is_told_before(self):
        self.hub.listing = self.hub.list()
        for row in self.hub.listing["siblings"]:
            if row["rfilename"] == "model.safetensors":
                row["lfs"]["size"] = 10 ** 17
        self.assertIn("free", self.add(code=2))
        self.assertEqual(self.hub.files_asked_for(), [])

    def test_a_disk_that_fills_up_keeps_what_has_come(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        done = subprocess.run([GLIMPSE, "model", "add", NAME], env=self.environment, capture_output=True,
                              preexec_fn=small_files, timeout=120)
        self.assertEqual(done.returncode, 2)
        self.assertIn("disk is full", done.stderr.decode())
        self.assertEqual(self.parts()[0].stat().st_size, 100_000)
        self.add()
        self.assert_usable()

    def test_without_a_hub_or_offline_it_says_so(self):
        self.environment["HF_HUB_OFFLINE"] = "true"
        self.assertIn("HF_HUB_OFFLINE", self.add(code=4))
        self.assertEqual(self.hub.requests, [])
        del self.environment["HF_HUB_OFFLINE"]
        self.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"  # discard: nobody listens there
        self.assertIn("HF_ENDPOINT", self.add(code=4))
        del self.environment["HF_ENDPOINT"]
        self.assertIn("HF_ENDPOINT", self.add(code=4))


if __name__ == "__main__":
    unittest.main()
