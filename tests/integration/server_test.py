"""The server as a client sees it: the reference system's interface, ours, and its errors."""

import http.client
import json
import os
import pathlib
import signal
import time
import unittest

from shell import Shell, png, start_server

TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"


class Serving(Shell):
    def setUp(self):
        super().setUp()
        self.some_stamps(30)
        self.run_glimpse("index", self.pictures)
        self.server, self.port = start_server(self)
        self.addCleanup(self.stop)

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        _, errors = self.server.communicate(timeout=30)
        self.assertEqual(self.server.returncode, 0, errors)

    def request(self, method, target, body=None, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body, {"Content-Type": kind} if body else {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content, response.headers

    def test_the_reference_systems_interface(self):
        status, content, _ = self.request("POST", "/search/images", json.dumps({"query": "black dog"}))
        self.assertEqual(status, 200)
        images = json.loads(content)["images"]
        self.assertEqual(len(images), 5)
        status, content, headers = self.request("GET", "/images/" + images[0])
        self.assertEqual((status, headers["Content-Type"]), (200, "image/png"))
        self.assertEqual(content, (self.pictures / images[0]).read_bytes())

    def test_search_thumbnail_file_and_likeness(self):
        status, content, _ = self.request("GET", "/api/v1/search?q=a%20cat&limit=7")
        self.assertEqual(status, 200)
        answer = json.loads(content)
        self.assertEqual((len(answer["results"]), answer["total"]), (7, 30))
        best = answer["results"][0]
        status, content, _ = self.request("GET", best["thumbnail_url"])
        self.assertEqual((status, content[:2]), (200, b"\xff\xd8"))
        original = pathlib.Path(best["path"]).read_bytes()
        self.assertEqual(self.request("GET", best["file_url"])[1], original)
        like = json.loads(self.request("GET", f"/api/v1/search?like={best['id']}&limit=3")[1])
        self.assertEqual(len(like["results"]), 3)
        found = json.loads(self.request("POST", "/api/v1/search/image?limit=1", original, "image/png")[1])
        self.assertEqual(found["results"][0]["id"], best["id"])

    def test_bad_requests_say_why(self):
        for body in (b"{", b'{"query": ""}', json.dumps({"query": "x" * 100_000}).encode(), b"[1]"):
            status, content, _ = self.request("POST", "/search/images", body)
            self.assertIn(status, (400, 422), body[:40])
            self.assertTrue(json.loads(content)["error"]["message"])
        self.assertIn(self.request("GET", "/images/../../etc/passwd")[0], (400, 404))
        self.assertEqual(self.request("GET", "/api/v1/nothing")[0], 404)
        status, content, _ = self.request("POST", "/api/v1/search/image", b"no picture", "image/jpeg")
        self.assertIn(status, (400, 415, 422))

    def test_at_rest_the_model_is_unloaded_and_a_query_brings_it_back(self):
        server, port = start_server(self, "--model-ttl", "1")
        mine, self.port, self.server = (self.server, self.port), port, server

        def status():
            return json.loads(self.request("GET", "/api/v1/status")[1])

        def resident_kb():
            lines = pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines()
            return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])

        def results(words):
            return json.loads(self.request("GET", f"/api/v1/search?q={words}&limit=3")[1])["results"]

        def wait_until_unloaded():
            deadline = time.time() + 30
            while status()["model_loaded"] and time.time() < deadline:
                time.sleep(0.1)  # asking for the status does not keep it loaded
            self.assertFalse(status()["model_loaded"])
            self.assertIn("glimpse_model_loaded 0", self.request("GET", "/metrics")[1].decode())

        try:
            cats = results("a%20cat")
            busy = resident_kb()
            self.assertTrue(status()["model_loaded"])
            wait_until_unloaded()
            self.assertLess(resident_kb(), busy - 30_000)
            self.assertEqual(len(results("a%20dog")), 3)
            self.assertTrue(status()["model_loaded"])
            wait_until_unloaded()
            self.assertEqual(results("a%20cat"), cats)
        finally:
            self.stop()
            self.server, self.port = mine

    def test_new_pictures_are_found_without_a_restart(self):
        (self.pictures / "late.png").write_bytes(png(90, 90, (255, 0, 255)))
        self.run_glimpse("index")
        deadline = time.time() + 10
        while time.time() < deadline:
            if json.loads(self.request("GET", "/api/v1/search?q=purple&limit=1")[1])["total"] == 31:
                return
            time.sleep(0.1)
        self.fail("the server did not see the new picture")

    def test_a_port_in_use_is_named(self):
        self.assertIn(str(self.port), self.run_glimpse("serve", "--port", self.port, code=4).stderr.decode())


class LivingLibrary(Shell):
    """A server that outlives what it started with: no library at first, then pictures, then another model."""

    def get(self, target):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", target)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content)

    def test_follows_its_library(self):
        server, self.port = start_server(self)
        try:
            status, answer = self.get("/api/v1/search?q=a%20cat")
            self.assertEqual((status, answer["results"], answer["total"]), (200, [], 0))
            status, answer = self.get("/api/v1/status")
            self.assertEqual((status, answer["pictures"], answer["model"]), (200, 0, "glimpse-small"))
            self.assertEqual(self.get("/api/v1/pictures/1")[0], 404)

            self.some_stamps(12)
            self.run_glimpse("index", self.pictures)
            answer = self.get("/api/v1/search?q=a%20cat&limit=5")[1]
            self.assertEqual((len(answer["results"]), answer["total"], answer["model"]), (5, 12, "glimpse-small"))

            self.run_glimpse("model", "add", TINY_CLIP, "--name", "tiny")
            self.run_glimpse("model", "use", "tiny")
            deadline = time.time() + 60  # the old model answers until the new one can
            while (answer := self.get("/api/v1/search?q=abc")[1])["model"] != "tiny" and time.time() < deadline:
                self.assertEqual((answer["total"], answer["model"], answer["generation"]), (12, "glimpse-small", 1))
            self.assertEqual((answer["total"], answer["model"], answer["generation"]), (12, "tiny", 2))
        finally:
            server.send_signal(signal.SIGTERM)
            _, errors = server.communicate(timeout=30)
        self.assertEqual((server.returncode, "still answering" in str(errors)), (0, False), errors)


if __name__ == "__main__":
    unittest.main()
