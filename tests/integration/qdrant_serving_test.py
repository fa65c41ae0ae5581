"""Answers from Qdrant: servers without a library, collections of the reference system, the embedded index's results."""

import http.client
import itertools
import json
import random
import shutil
import signal
import struct
import subprocess
import time
import unittest
import urllib.parse
import zlib

from exif_bytes import exif
from qdrant_shell import CLIENT_PYTHON, HERE, TINY_CLIP, Canned, QdrantShell
from shell import png, start_server

WORDS = ("black white red green small big old young sleeping running wooden round").split()
CAMERAS = (("Canon", "Canon EOS 5D"), ("FUJIFILM", "X100V"), ("NIKON CORPORATION", "NIKON Z 6"), ("Canon", "EOS R5"))
CONDITIONS = ("folder=trips", "folder=trips/2023", "folder=home", "after=2023-06", "before=2023-04", "camera=canon",
              "camera=x100", "camera=leica", "lens=Lens%202", "format=png", "format=jpeg", "shape=portrait",
              "shape=landscape", "min_width=120", "max_height=150", "min_pixels=20k", "near=48,16,150km", "near=52,14,30km")
THINGS = ("dog cat horse bird fish boat car tree flower house child hat fruit bread drum star cloud truck").split()


class Serving(QdrantShell):
    """Servers with no library of their own."""

    def start(self, *flags, library="none"):
        mine = self.environment
        self.environment = {**mine, "GLIMPSE_LIBRARY": str(self.directory / library),
                            "DATASET_PATH": str(self.pictures)}
        server, port = start_server(self, *flags)
        self.environment = mine
        self.addCleanup(self.stop, server)
        return port

    def stop(self, server):
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
        self.assertEqual(server.returncode, 0, errors)

    def request(self, port, method, target, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content, response.headers

    def get(self, port, target, code=200):
        status, content, _ = self.request(port, "GET", target)
        self.assertEqual(status, code, content)
        return json.loads(content)

    def wait_for(self, what, seconds=30):
        deadline = time.time() + seconds
        while not what():
            self.assertLess(time.time(), deadline, "it did not happen in time")
            time.sleep(0.1)


class Stateless(Serving):
    def setUp(self):
        super().setUp()
        self.some_stamps(40)
        self.run_glimpse("index", self.pictures)

    def test_two_servers_answer_everything_the_page_asks(self):
        ports = [self.start(), self.start()]
        answers = [self.get(port, "/api/v1/search?q=a%20cat&limit=7") for port in ports]
        self.assertEqual([r["id"] for r in answers[0]["results"]], [r["id"] for r in answers[1]["results"]])
        self.assertEqual((len(answers[0]["results"]), answers[0]["total"]), (7, 40))
        best = answers[0]["results"][0]
        self.assertLess(best["id"], 2**53)
        for port in ports[::-1]:  # the other one was not asked for this picture before
            original = (self.pictures / best["name"]).read_bytes()
            self.assertEqual(self.request(port, "GET", best["file_url"])[1], original)
            self.assertEqual(self.request(port, "GET", best["thumbnail_url"])[1][:2], b"\xff\xd8")
            self.assertEqual(self.get(port, f"/api/v1/pictures/{best['id']}")["name"], best["name"])
            like = self.get(port, f"/api/v1/search?like={best['id']}&limit=40")["results"]
            self.assertEqual(len(like), 39)
            self.assertNotIn(best["id"], [r["id"] for r in like])
            browsed = self.get(port, "/api/v1/pictures?limit=25&offset=20")
            self.assertEqual((len(browsed["results"]), browsed["total"]), (20, 40))
            status, content, _ = self.request(port, "POST", "/search/images", json.dumps({"query": "black dog"}))
            images = json.loads(content)["images"]
            self.assertEqual((status, len(images)), (200, 5))
            self.assertEqual(self.request(port, "GET", "/images/" + images[0])[1],
                             (self.pictures / images[0]).read_bytes())
            self.assertEqual(self.get(port, "/api/v1/status")["pictures"], 40)
            self.assertFalse(self.get(port, "/api/v1/status")["judging"])
            for target in ("/api/v1/judgments", "/api/v1/judgments.qrels"):
                self.assertIn("kept in a library", self.get(port, target, code=501)["error"]["message"])
            self.assertEqual(self.request(port, "GET", "/api/v1/pictures/12345")[0], 404)
            self.assertEqual(self.request(port, "GET", "/images/nothing.png")[0], 404)

    def test_qdrant_goes_and_comes_back(self):
        port = self.start()
        before = self.get(port, "/api/v1/search?q=a%20cat")["results"]
        self.proxy.stop()
        for target in ("/api/v1/search?q=a%20cat", "/api/v1/status", "/api/v1/pictures"):
            status, content, headers = self.request(port, "GET", target)
            self.assertEqual((status, headers["Retry-After"]), (503, "1"), content)
        self.proxy.start()
        self.assertEqual(self.get(port, "/api/v1/search?q=a%20cat")["results"], before)
        for wrong in (Canned(401), Canned(500), Canned(400), Canned(200, b"junk"), Canned(429, retry_after="1")):
            self.proxy.fault = lambda request, wrong=wrong: wrong
            status, content, headers = self.request(port, "GET", "/api/v1/search?q=a%20dog")
            self.assertEqual((status, headers["Retry-After"]), (503, "1"), content)
        self.proxy.fault = None
        self.assertEqual(self.get(port, "/api/v1/search?q=a%20cat")["results"], before)

    def test_new_pictures_are_found_without_a_restart(self):
        port = self.start()
        (self.pictures / "late.png").write_bytes(png(90, 90, (255, 0, 255)))
        self.run_glimpse("index")
        self.assertEqual(self.get(port, "/api/v1/search?q=purple")["total"], 41)
        self.assertEqual(self.get(port, "/api/v1/pictures?limit=1")["results"][0]["name"], "late.png")

    def test_a_collection_cannot_make_a_server_give_out_other_files(self):
        secret = self.directory / "secret.png"
        secret.write_bytes(png(9, 9, (1, 1, 1)))
        (self.pictures / "link.png").symlink_to(secret)
        dimension = self.json("status")["dimension"]
        names = ["../secret.png", str(secret), "link.png", "/etc/passwd", "../../../../../../etc/passwd"]
        self.qdrant("PUT", f"/collections/{self.collection}/points?wait=true", {"points": [
            {"id": i, "vector": [1.0] * dimension, "payload": {"image_path": name}} for i, name in enumerate(names)]})
        port = self.start()
        for number, name in enumerate(names):
            for what in ("file", "thumbnail"):
                status, content, _ = self.request(port, "GET", f"/api/v1/pictures/{number + 1}/{what}")
                self.assertEqual(status, 404, (name, what, content))
            self.assertEqual(self.request(port, "GET", "/images/" + urllib.parse.quote(name))[0], 404, name)


class Switching(Serving):
    def test_a_server_follows_the_alias_to_another_model_without_a_failure(self):
        self.some_colours(12)
        self.run_glimpse("model", "add", TINY_CLIP, "--name", "one")
        self.run_glimpse("model", "add", self.another_model(), "--name", "other")
        self.run_glimpse("index", self.pictures, "--model", "one")
        port = self.start()
        before = self.get(port, "/api/v1/search?q=red&limit=12")
        self.assertEqual(before["model"], "one")
        self.run_glimpse("model", "use", "other")
        self.run_glimpse("index")
        models = []
        self.wait_for(lambda: models.append(self.get(port, "/api/v1/search?q=red&limit=12")) or
                      models[-1]["model"] == "other")
        generations = {(answer["model"], answer["generation"]) for answer in models}
        self.assertLessEqual(len(generations), 2)
        self.assertEqual(len(models[-1]["results"]), 12)


class BeforeThereIsAnything(Serving):
    def test_waits_for_qdrant_and_for_a_collection(self):
        self.proxy.stop()
        mine, self.environment = self.environment, {**self.environment, "DATASET_PATH": str(self.pictures),
                                                    "GLIMPSE_LIBRARY": str(self.directory / "none")}
        process, port = self.start_unready()
        self.environment = mine
        self.addCleanup(self.stop, process)
        self.assertEqual(self.request(port, "GET", "/api/v1/search?q=red")[0], 503)
        self.proxy.start()
        status, content, _ = self.request(port, "GET", "/api/v1/search?q=red")
        self.assertEqual(status, 503)
        self.assertIn("has no collection", json.loads(content)["error"]["message"])
        self.some_stamps(5)
        self.run_glimpse("index", self.pictures)
        self.assertEqual(len(self.get(port, "/api/v1/search?q=red")["results"]), 5)
        self.assertEqual(self.request(port, "GET", "/readyz")[0], 200)

    def start_unready(self):
        import socket
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = self.start_glimpse("serve", "--port", port)
        def answers():
            try:
                return self.request(port, "GET", "/livez")[0] == 200
            except OSError:
                return False
        self.wait_for(answers)
        self.assertEqual(self.request(port, "GET", "/readyz")[0], 503)
        return process, port


class ReferenceSystem(Serving):
    """Collections that qdrant-client made the way the reference system does."""

    def make(self, kind):
        self.some_stamps(30)
        files = sorted(self.pictures.iterdir())
        images = [argument for file in files for argument in ("--image", file)]
        vectors = self.json("embed", *images)["vectors"]
        subprocess.run([CLIENT_PYTHON, HERE.parent / "qdrant/reference_collection.py", self.upstream, self.collection,
                        kind], input=json.dumps(dict(zip((f.name for f in files), vectors))), text=True, check=True)

    def test_whole_numbers_as_ids(self):
        self.make("numbers")
        self.answers()

    def test_random_uuids_as_ids(self):
        self.make("uuids")
        self.answers()

    def answers(self):
        port = self.start()
        answer = self.get(port, "/api/v1/search?q=a%20cat&limit=30")
        self.assertEqual(len(answer["results"]), 30)
        for result in answer["results"][:5] + self.get(port, "/api/v1/pictures?limit=30")["results"][:3]:
            original = (self.pictures / result["name"]).read_bytes()
            self.assertEqual(self.request(port, "GET", result["file_url"])[1], original)
            self.assertEqual(self.request(port, "GET", result["thumbnail_url"])[0], 200)
            self.assertEqual(self.request(port, "GET", "/images/" + result["name"])[1], original)
        self.run_glimpse("index", self.pictures, "--store", "local")
        local = self.json("search", "a cat", "--store", "local", "-k", 5)["results"]
        found = self.json("search", "a cat", "-k", 5, "--dataset", self.pictures)["results"]
        self.assertEqual([r["path"] for r in found], [r["path"] for r in local])
        for one, other in zip(found, local):
            self.assertAlmostEqual(one["score"], other["score"], delta=1e-4)

    def test_may_be_indexed_into_by_the_same_model_alone(self):
        self.make("numbers")
        (self.pictures / "new").mkdir()
        for file in list(self.pictures.glob("*.png"))[:3]:
            shutil.move(file, self.pictures / "new")
        self.run_glimpse("index", self.pictures / "new")
        self.assertEqual(len(self.points()), 33)
        self.assertEqual(self.json("reconcile")["others"], 30)
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "other")
        done = self.run_glimpse("index", self.pictures / "new", "--model", TINY_CLIP, code=2)
        self.assertIn("dimension", done.stderr.decode())
        done = self.run_glimpse("search", "cat", "--model", TINY_CLIP, code=2)
        self.assertIn("dimension", done.stderr.decode())

    def test_a_model_of_the_same_dimension_is_told_apart(self):
        self.some_colours(3)
        dimension = len(self.json("embed", "--text", "x", "--model", TINY_CLIP)["vectors"][0])
        self.qdrant("PUT", f"/collections/{self.collection}", {"vectors": {"size": dimension, "distance": "Cosine"}})
        self.index()
        other = self.another_model()
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "second")
        done = self.run_glimpse("index", self.pictures, "--model", other, code=2)
        self.assertIn("fingerprint", done.stderr.decode())
        self.assertEqual(len(self.points()), 3)

    def test_another_distance_is_refused(self):
        self.some_colours(3)
        dimension = len(self.json("embed", "--text", "x", "--model", TINY_CLIP)["vectors"][0])
        self.qdrant("PUT", f"/collections/{self.collection}", {"vectors": {"size": dimension, "distance": "Euclid"}})
        self.assertIn("expected cosine distance, found Euclid", self.index(code=2).stderr.decode())


class Equal(Serving):
    def test_a_thousand_queries(self):
        self.some_stamps(200)
        self.run_glimpse("index", self.pictures)
        remote = self.start()
        local = self.start("--store", "local", library="library")
        queries = [" ".join(words) for words in itertools.product(WORDS, THINGS, ("", "at night", "in the grass",
                                                                                   "on the table", "drawing"))]
        for query in random.Random(7).sample(queries, 1000):
            target = "/api/v1/search?limit=10&q=" + urllib.parse.quote(query)
            self.assert_equal(self.get(local, target), self.get(remote, target), query)

    def with_details(self, count):
        """Real pictures in three folders, each PNG with EXIF of its own."""
        self.some_stamps(count)
        for i, file in enumerate(sorted(self.pictures.iterdir())):
            folder = self.pictures / ("trips/2023", "trips/2024", "home")[i % 3]
            folder.mkdir(parents=True, exist_ok=True)
            data = file.read_bytes()
            facts = b"eXIf" + exif(camera=CAMERAS[i % 4], taken=f"2023:{1 + i % 12:02}:{1 + i % 28:02} 12:00:00",
                                   lens=f"Lens {i % 5}", place=(48 + i % 5, 16 - i % 3))[len(b"Exif\0\0"):]
            chunk = struct.pack(">I", len(facts) - 4) + facts + struct.pack(">I", zlib.crc32(facts))
            (folder / file.name).write_bytes(data[:33] + chunk + data[33:])  # behind IHDR
            file.unlink()

    def test_a_thousand_filtered_queries(self):
        self.with_details(150)
        self.run_glimpse("index", self.pictures)
        remote = self.start()
        local = self.start("--store", "local", library="library")
        dice, met = random.Random(11), set()
        for _ in range(1000):
            chosen = {condition.split("=")[0]: condition for condition in dice.choices(CONDITIONS, k=dice.randint(1, 2))}
            conditions = "&".join(chosen.values())
            query = f"{dice.choice(WORDS)} {dice.choice(THINGS)}"
            target = f"/api/v1/search?limit=10&{conditions}&q=" + urllib.parse.quote(query)
            expected = self.get(local, target)
            self.assert_equal(expected, self.get(remote, target), target)
            met.add(expected["total"])
        self.assertGreater(len(met), 10, "the conditions hardly differ")
        facets = [self.get(port, "/api/v1/facets") for port in (local, remote)]
        for name in ("cameras", "lenses", "formats"):
            self.assertEqual(*[sorted(map(json.dumps, facet[name])) for facet in facets], name)

    def assert_equal(self, expected, found, query):
        if not expected["results"]:
            self.assertEqual((found["results"], found["total"]), ([], expected["total"]), query)
            return
        self.assertEqual(found["total"], expected["total"], query)
        scores = {r["name"]: r["score"] for r in found["results"]}
        lowest = min(r["score"] for r in expected["results"])
        for result in expected["results"]:
            if result["name"] not in scores:  # only where it ties with the last one
                self.assertAlmostEqual(result["score"], lowest, delta=1e-4, msg=query)
                continue
            self.assertAlmostEqual(result["score"], scores[result["name"]], delta=1e-4, msg=query)
        self.assertEqual(len(found["results"]), len(expected["results"]), query)
        order = [r["score"] for r in found["results"]]
        self.assertEqual(order, sorted(order, reverse=True), query)


if __name__ == "__main__":
    unittest.main()
