"""A person at a shell with a Qdrant server: the double of tests/qdrant, or the one that QDRANT_TEST_URL names, always
behind a line that can fail. Each test has a collection of its own."""

import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse
import uuid

from shell import Shell, png

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "qdrant"))
from faulty_proxy import Canned, Delay, FaultyProxy  # noqa: E402, F401

CLIENT_PYTHON = HERE.parents[1] / ".deps/python/bin/python"  # has qdrant-client
TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"


class Double:
    def __init__(self):
        self.process = subprocess.Popen([CLIENT_PYTHON, HERE.parent / "qdrant/double.py"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


class QdrantShell(Shell):
    @classmethod
    def setUpClass(cls):
        cls.double = None if os.environ.get("QDRANT_TEST_URL") else Double()
        cls.upstream = os.environ.get("QDRANT_TEST_URL") or cls.double.url

    @classmethod
    def tearDownClass(cls):
        if cls.double:
            cls.double.stop()

    def setUp(self):
        super().setUp()
        self.proxy = FaultyProxy(self.upstream)
        self.addCleanup(self.proxy.stop)
        self.collection = f"test-{uuid.uuid4().hex[:12]}"
        self.addCleanup(self.drop_collections)
        self.environment.update(QDRANT_URL=self.proxy.url, COLLECTION_NAME=self.collection)
        if os.environ.get("QDRANT_TEST_API_KEY"):
            self.environment["QDRANT_API_KEY"] = os.environ["QDRANT_TEST_API_KEY"]

    def drop_collections(self):
        for collection in self.qdrant("GET", "/collections")["collections"]:
            if collection["name"].startswith(self.collection):
                self.qdrant("DELETE", f"/collections/{collection['name']}")

    def qdrant(self, method, path, body=None):
        """Asks the server itself, past the failing line."""
        url = urllib.parse.urlsplit(self.upstream)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if os.environ.get("QDRANT_TEST_API_KEY"):
            headers["api-key"] = os.environ["QDRANT_TEST_API_KEY"]
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        self.assertEqual(response.status, 200, answer)
        return json.loads(answer)["result"]

    def points(self, collection=None):
        """Every point, by id."""
        points, offset = {}, None
        while True:
            body = {"limit": 500, "with_payload": True, **({"offset": offset} if offset is not None else {})}
            page = self.qdrant("POST", f"/collections/{collection or self.collection}/points/scroll", body)
            for point in page["points"]:
                self.assertNotIn(point["id"], points)
                points[point["id"]] = point["payload"]
            offset = page["next_page_offset"]
            if offset is None:
                return points

    def some_colours(self, count, start=0, folder=None):
        for i in range(start, start + count):
            name = (folder or self.pictures) / f"{i % 7}" / f"colour-{i:04}.png"
            name.parent.mkdir(exist_ok=True)
            name.write_bytes(png(16, 16, (i % 256, i // 256, (i * 37) % 256)))

    def another_model(self):
        """Of the same dimension as TINY_CLIP, with another fingerprint."""
        other = self.directory / "other-clip"
        shutil.copytree(TINY_CLIP, other)
        config = json.loads((other / "preprocessor_config.json").read_text())
        config["image_mean"] = [0.5, 0.5, 0.5]
        (other / "preprocessor_config.json").write_text(json.dumps(config))
        return other

    def index(self, *more, code=0, folder=None):
        return self.run_glimpse("index", folder or self.pictures, "--model", TINY_CLIP, *more, code=code)

    def assert_mirrored(self, folder=None):
        """Nothing lost, nothing twice, and nothing wrong: names, bytes and library agree."""
        folder = folder or self.pictures
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
        points = self.points()
        self.assertEqual(sorted(payload["image_path"] for payload in points.values()), files)
        report = self.json("reconcile", "--dry-run")
        self.assertEqual((report["pictures"], report["points"]), (len(files), len(files)))
        self.assertEqual((report["missing"], report["outdated"], report["strangers"]), (0, 0, 0))
