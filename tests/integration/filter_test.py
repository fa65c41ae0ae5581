"""Filters from the camera to the answer: JPEGs whose EXIF is written here byte by byte, found by date, camera, place,
folder and form, at the command line and over HTTP."""

import http.client
import json
import os
import pathlib
import signal
import sqlite3
import unittest
import urllib.parse

from exif_bytes import with_exif
from shell import Shell, png, start_server

SAMPLES = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "image/samples"


class Filters(Shell):
    def setUp(self):
        super().setUp()
        jpeg = (SAMPLES / "large.jpg").read_bytes()
        for folder in ("trips/2023", "home"):
            (self.pictures / folder).mkdir(parents=True)
        self.write("trips/2023/vienna.jpg", with_exif(
            jpeg, camera=("Canon", "Canon EOS 5D"), taken="2023:06:01 12:00:00", offset="+02:00",
            lens="EF24-105mm f/4L IS USM", place=(48.2085, 16.3721)))
        self.write("trips/2023/rio.jpg", with_exif(
            jpeg, camera=("NIKON CORPORATION", "COOLPIX P900"), taken="2023:07:15 08:00:00", place=(-22.9068, -43.1729)))
        self.write("home/old.jpg", with_exif(jpeg, camera=("Canon", "Canon EOS 5D"), taken="2001:01:01 00:00:00"))
        self.write("home/broken.jpg", with_exif(jpeg, taken="0000:00:00 00:00:00")[:-2] + b"\xff\xd9")
        self.write("home/plain.png", png(40, 60, (200, 30, 30)))
        for name in ("home/broken.jpg", "home/plain.png"):
            os.utime(self.pictures / name, (1_640_995_200, 1_640_995_200))  # 2022-01-01 UTC
        self.all = {"vienna", "rio", "old", "broken", "plain"}

    def write(self, name, content):
        (self.pictures / name).write_bytes(content)

    def found(self, *flags, code=0):
        answer = self.json("search", "a picture", *flags, code=code)
        names = {pathlib.Path(hit["path"]).stem for hit in answer["results"]}
        self.assertEqual(answer["compared"], len(names))
        return names

    def test_at_the_command_line(self):
        self.assertEqual(self.json("index", self.pictures)["details_read"], 0)
        self.assertEqual(self.found(), self.all)
        cases = {("--after", "2023-06", "--before", "2023-07"): {"vienna"},
                 ("--after", "2023-06-01T10:00", "--before", "2023-06-01T10:01"): {"vienna"},  # 12:00 at +02:00
                 ("--after", "2022", "--before", "2023"): {"broken", "plain"},
                 ("--before", "2002"): {"old"},
                 ("--camera", "canon"): {"vienna", "old"},
                 ("--camera", "canon", "--camera", "nikon"): {"vienna", "old", "rio"},
                 ("--lens", "24-105"): {"vienna"},
                 ("--in", "trips/2023"): {"vienna", "rio"},
                 ("--in", "pictures/home"): {"old", "broken", "plain"},
                 ("--in", self.pictures / "trips"): {"vienna", "rio"},
                 ("--format", "png"): {"plain"},
                 ("--format", "jpg", "--in", "home"): {"old", "broken"},
                 ("--shape", "portrait", "--format", "png"): {"plain"},
                 ("--max-pixels", "2400"): {"plain"},
                 ("--min-width", "41"): self.all - {"plain"},
                 ("--near", "48.2,16.4,25km"): {"vienna"},
                 ("--near", "48.2,16.4,11000km"): {"vienna", "rio"},
                 ("--captioned", "no", "--before", "2002"): {"old"}}
        for flags, expected in cases.items():
            self.assertEqual(self.found(*flags), expected, flags)
        self.assertEqual(self.found("--camera", "zenit", code=1), set())
        nothing = self.run_glimpse("search", "dog", "--camera", "zenit", code=1)
        self.assertIn(b"no picture of the library meets the conditions", nothing.stderr)

    def test_folders_of_the_shell(self):
        self.run_glimpse("index", self.pictures)
        done = self.run_glimpse("search", "dog", "--in", "./2023", "-f", cwd=self.pictures / "trips")
        self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_what_cannot_be_a_condition_is_refused_with_what_was_expected(self):
        for flags, message in ((("--after", "june"), "after: expected a date such as 2023"),
                               (("--near", "here"), "such as 48.2,16.4,25km, got 'here'"),
                               (("--format", "raw"), "format: expected jpeg, png"),
                               (("--min-width", "wide"), "min_width: expected a whole number of pixels")):
            refused = self.run_glimpse("search", "dog", *flags, code=2)
            self.assertIn(message, refused.stderr.decode())
        self.environment["GLIMPSE_AFTER"] = "never"
        self.assertIn("got 'never'", self.run_glimpse("search", "dog", code=2).stderr.decode())

    def test_details_and_order_by_date(self):
        self.run_glimpse("index", self.pictures)
        hits = {pathlib.Path(hit["path"]).stem: hit for hit in self.json("search", "a picture")["results"]}
        vienna = hits["vienna"]
        self.assertEqual(vienna["taken_at"], "2023-06-01T10:00:00Z")
        self.assertEqual((vienna["camera"], vienna["lens"]), ("Canon EOS 5D", "EF24-105mm f/4L IS USM"))
        self.assertAlmostEqual(vienna["latitude"], 48.2085, places=5)
        self.assertAlmostEqual(hits["rio"]["longitude"], -43.1729, places=5)
        self.assertEqual(hits["rio"]["camera"], "NIKON COOLPIX P900")
        self.assertEqual((hits["plain"]["width"], hits["plain"]["height"], hits["plain"]["format"]), (40, 60, "png"))
        self.assertNotIn("taken_at", hits["broken"])
        self.assertEqual(hits["broken"]["modified_at"], "2022-01-01T00:00:00Z")
        dated = self.run_glimpse("search", "a picture", "--sort", "date", "-f").stdout.decode().split()
        self.assertEqual([pathlib.Path(path).stem for path in dated][:2], ["rio", "vienna"])
        self.assertEqual(pathlib.Path(dated[-1]).stem, "old")

    def test_an_older_library_reads_them_at_the_next_run_and_embeds_nothing(self):
        self.run_glimpse("index", self.pictures)
        with sqlite3.connect(self.directory / "library/library.sqlite") as database:
            database.execute("DELETE FROM details")
        database.close()
        self.assertEqual(self.found("--camera", "canon", code=1), set())
        (self.pictures / "home/plain.png").unlink()  # gone meanwhile
        report = self.json("index")
        self.assertEqual((report["details_read"], report["embedded"], report["loading_seconds"]), (4, 0, 0))
        self.assertEqual(self.json("index")["details_read"], 0)
        self.assertEqual(self.found("--camera", "canon"), {"vienna", "old"})

    def test_over_http(self):
        self.run_glimpse("index", self.pictures)
        server, port = start_server(self)

        def get(target, body=None):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("POST" if body else "GET", target, body and json.dumps(body),
                               {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = json.loads(response.read())
            connection.close()
            return response.status, content

        def names(answer):
            return {pathlib.Path(hit["path"]).stem for hit in answer["results"]}

        try:
            query = urllib.parse.urlencode([("camera", "canon"), ("folder", "trips"), ("folder", "home")])
            for target in (f"/api/v1/search?q=a%20picture&{query}", f"/api/v1/pictures?{query}"):
                status, answer = get(target)
                self.assertEqual((status, names(answer), answer["total"]), (200, {"vienna", "old"}, 2))
            status, answer = get("/api/v1/search", {"query": "a picture", "filter": {"near": "48.2,16.4,25km"}})
            self.assertEqual(names(answer), {"vienna"})
            one = answer["results"][0]
            self.assertEqual(get(f"/api/v1/pictures/{one['id']}")[1]["lens"], "EF24-105mm f/4L IS USM")
            status, answer = get(f"/api/v1/search?like={one['id']}&format=jpeg&sort=date")
            self.assertEqual([pathlib.Path(hit["path"]).stem for hit in answer["results"]], ["rio", "broken", "old"])
            status, answer = get("/api/v1/pictures?sort=date&limit=2")
            self.assertEqual([pathlib.Path(hit["path"]).stem for hit in answer["results"]], ["rio", "vienna"])
            status, answer = get("/api/v1/pictures?after=june")
            self.assertEqual((status, answer["error"]["code"]), (422, "invalid_argument"))
            status, facets = get("/api/v1/facets")
            self.assertEqual(facets["months"], [{"value": month, "pictures": count} for month, count in
                                                (("2023-07", 1), ("2023-06", 1), ("2022-01", 2), ("2001-01", 1))])
            self.assertEqual(facets["cameras"][0], {"value": "Canon EOS 5D", "pictures": 2})
            self.assertIn({"value": "pictures/trips/2023", "pictures": 2}, facets["folders"])
            self.assertEqual((facets["pictures"], facets["placed"]), (5, 2))
        finally:
            server.send_signal(signal.SIGTERM)
            _, errors = server.communicate(timeout=30)
        self.assertEqual(server.returncode, 0, errors)


if __name__ == "__main__":
    unittest.main()
