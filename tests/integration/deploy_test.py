"""The program where services run it: asked for its health, given secrets in files, without a writable root or a home."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from shell import Shell, start_server
from small_root import SmallRoot


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PROJECT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = PROJECT / "deploy/docker"
sys.path.insert(0, str(DOCKER))
from replay_parts import context, instructions  # noqa: E402


class Files(unittest.TestCase):
    def test_image_and_compose_files_are_lint_free(self):
        done = subprocess.run([DOCKER / "lint"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, ""), done.stderr)

    def test_image_has_the_packages_that_the_program_links(self):
        dynamic = subprocess.run(["readelf", "-d", os.environ["GLIMPSE"]], check=True, capture_output=True, text=True).stdout
        cache = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
        owners = set()
        for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic):
            if not name.startswith("libopenvino"):
                owners.add(self.package_of(re.search(rf"\t{re.escape(name)} .*=> (/\S+)", cache)[1]))
        listed = {line for line in (PROJECT / "deps/apt-runtime.txt").read_text().split("\n") if line and line[0] != "#"}
        self.assertEqual(listed, (owners - {"libc6"}) | {"ca-certificates"})

    def package_of(self, library):
        real = os.path.realpath(library)
        for path in (real, real.removeprefix("/usr")):  # of before and after the merge of /lib into /usr/lib
            done = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
            if done.returncode == 0:
                return done.stdout.split(":")[0]
        self.fail(f"{library}: no package has it")

    def test_only_what_builds_goes_into_the_image(self):
        rules = context.rules((DOCKER / "Dockerfile.dockerignore").read_text())
        for name in ("src/base/error.cc", "web/package-lock.json", "web/src/main.tsx", "tools/setup", "Makefile"):
            self.assertTrue(context.allowed(name, rules), name)
        for name in (".git/config", "deploy/docker/qdrant_api_key", "library.sqlite", ".env", "web/node_modules/a/b.js",
                     "web/dist/index.html", "tools/goldens/__pycache__/a.pyc", "tests/data/a.png", ".deps/x"):
            self.assertFalse(context.allowed(name, rules), name)

    def test_image_runs_as_nobody_and_says_how_it_is_stopped_and_asked(self):
        last = {step.word: step.text for step in instructions.parse((DOCKER / "Dockerfile").read_text())[-1].steps}
        self.assertEqual(last["USER"], "10001:10001")
        self.assertEqual(last["STOPSIGNAL"], "SIGTERM")
        self.assertEqual(instructions.words(last["ENTRYPOINT"]), ["/usr/bin/glimpse"])
        self.assertEqual(instructions.words(last["HEALTHCHECK"].removeprefix("CMD")), ["/usr/bin/glimpse", "health"])


@unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd-analyze")
class Unit(unittest.TestCase):
    def test_exposure_of_the_service_is_low(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                               PROJECT / "deploy/systemd/glimpse.service"], capture_output=True, text=True)
        exposure = re.search(r"exposure level for glimpse.service: ([\d.]+)", done.stdout)
        self.assertLessEqual(float(exposure[1]), 2.0, done.stdout)

    def test_service_is_well_formed(self):
        text = (PROJECT / "deploy/systemd/glimpse.service").read_text()
        with tempfile.TemporaryDirectory() as directory:  # with a program that is there
            unit = pathlib.Path(directory) / "glimpse.service"
            unit.write_text(text.replace("/usr/bin/glimpse", os.environ["GLIMPSE"]))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                                  capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Health(Shell):
    def test_ready_server_is_said_to_be_ready(self):
        server, port = start_server(self)
        self.addCleanup(server.communicate)
        self.addCleanup(server.terminate)
        for flags in (["--port", port], ["--url", f"http://localhost:{port}/"]):
            self.assertEqual(self.run_glimpse("health", *flags).stdout, b"ready\n")
        self.environment["GLIMPSE_PORT"] = str(port)
        self.environment["http_proxy"] = "http://127.0.0.1:9"  # is not asked
        self.assertEqual(self.json("health"), {"url": f"http://127.0.0.1:{port}", "ready": True, "status": "ok"})

    def test_no_server_is_one_line_and_exit_code_1(self):
        port = free_port()
        done = self.run_glimpse("health", "--port", port, code=1)
        self.assertEqual(done.stdout, b"")
        self.assertRegex(done.stderr.decode(), rf"\Aglimpse: not ready: http://127.0.0.1:{port}/readyz: .*\n\Z")
        answer = self.json("health", "--port", port, code=1)
        self.assertEqual((answer["ready"], answer["status"]), (False, "unreachable"))

    def test_other_and_silent_servers_are_not_ready(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.assertIn("unreachable", str(self.json("health", "--port", port, "--timeout", 0.2, code=1)))
        for reply, status in ((b"HTTP/1.0 200 OK\r\n\r\nhello", "unexpected"), (b"HTTP/1.0 404 No\r\n\r\n", "unexpected"),
                              (b"HTTP/1.0 503 No\r\n\r\nstarting\n", "starting"),
                              (b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", "unexpected")):
            self.assertEqual(self.health_of_a_server_that_says(reply)["status"], status, reply)

    def health_of_a_server_that_says(self, reply):
        with socket.create_server(("127.0.0.1", 0)) as server:
            asking = subprocess.Popen([os.environ["GLIMPSE"], "health", "--json", "--timeout", "20", "--port",
                                       str(server.getsockname()[1])], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            server.settimeout(20)
            with server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(reply)
            out = asking.communicate(timeout=60)[0]
        self.assertEqual(asking.returncode, 1)
        return json.loads(out)

    def test_what_is_no_url_is_a_usage_error(self):
        for url in ("ftp://127.0.0.1", "http://[", "file:///etc/passwd"):
            self.assertIn("expected a URL", self.run_glimpse("health", "--url", url, code=2).stderr.decode())


class Environment(Shell):
    def test_command_line_comes_before_the_twins(self):
        self.environment |= {"GLIMPSE_LIBRARY": "/none/of/twin", "GLIMPSE_MODEL": "of-twin"}
        self.assertIn("/none/of/flag", self.error("status", "--library", "/none/of/flag"))
        self.assertIn("of-flag", self.error("embed", "--text", "x", "--model", "of-flag"))
        self.assertIn("/none/of/twin", self.error("status"))
        self.assertIn("of-twin", self.error("embed", "--text", "x"))

    def error(self, *arguments):
        return self.run_glimpse(*arguments, code=2).stderr.decode()


class Secrets(Shell):
    def key_file(self, text):
        file = self.directory / "key"
        file.write_bytes(text)
        return str(file)

    def test_api_key_from_a_file(self):
        self.environment["GLIMPSE_API_KEY_FILE"] = self.key_file(b"of the file\n")
        server, port = start_server(self)
        self.addCleanup(server.communicate)
        self.addCleanup(server.terminate)
        self.run_glimpse("health", "--port", port)  # asks for no key
        url = f"http://127.0.0.1:{port}/api/v1/status"
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Api-Key": "of the file"})) as answer:
            self.assertEqual(answer.status, 200)

    def test_key_twice_or_none_in_the_file_is_refused(self):
        self.environment["GLIMPSE_API_KEY_FILE"] = self.key_file(b"\n")
        self.assertIn("empty", self.run_glimpse("serve", code=2).stderr.decode())
        self.environment["GLIMPSE_API_KEY_FILE"] = str(self.directory / "none")
        self.assertIn("none", self.run_glimpse("serve", code=2).stderr.decode())
        self.environment["GLIMPSE_API_KEY"] = "and this"
        self.assertIn("both set", self.run_glimpse("serve", code=2).stderr.decode())

    def test_hub_token_twice_or_missing_is_refused(self):
        self.environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN_FILE": str(self.directory / "none")}
        self.assertIn("HF_TOKEN_FILE", self.run_glimpse("model", "add", "a/b", code=2).stderr.decode())
        self.environment["HF_TOKEN"] = "token"
        self.assertIn("both set", self.run_glimpse("model", "add", "a/b", code=2).stderr.decode())


class ReadOnlyRoot(Shell):
    """As in the image: uid 10001, nothing writable but /data and /cache, no HOME, no password file, no shell."""

    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)
        self.some_stamps(12)
        self.port = free_port()
        for name in ("data", "cache"):
            (self.directory / name).mkdir()

    def small_root(self, data="rw", **environment):
        root = SmallRoot(self.directory, {"/data": (self.directory / "data", data),
                                          "/cache": (self.directory / "cache", "rw"), "/images": (self.pictures, "ro")},
                         {"GLIMPSE_LIBRARY": "/data/library", "GLIMPSE_CACHE": "/cache", "DATASET_PATH": "/images",
                          "GLIMPSE_PORT": self.port, **environment})
        root.give(self.directory / "data")
        root.give(self.directory / "cache")
        return root

    def run_in(self, root, *arguments, code=0):
        done = subprocess.run(root.command("/usr/bin/glimpse", *arguments), capture_output=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done.stdout

    @contextlib.contextmanager
    def serving(self, root):
        server = subprocess.Popen(root.command("/usr/bin/glimpse", "serve"), stderr=subprocess.PIPE)
        try:
            deadline = time.time() + 60
            ready = root.command("/usr/bin/glimpse", "health")
            while subprocess.run(ready, capture_output=True).returncode != 0:
                if server.poll() is not None or time.time() > deadline:
                    self.fail(f"the server did not become ready: {server.stderr.read()}")
                time.sleep(0.05)
            yield server
        finally:
            for process in (*self.children(server.pid), server.pid):  # bubblewrap waits for its child
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
            errors = server.communicate(timeout=60)[1]
            self.assertIn(server.returncode, (0, 128 + signal.SIGTERM, -signal.SIGTERM), errors)

    def children(self, pid):
        try:
            return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def search(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/search/images", data=b'{"query": "a cat"}',
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["images"]

    def thumbnail(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/pictures/1/thumbnail", timeout=60) as answer:
            return answer.read()

    def test_indexes_and_serves(self):
        root = self.small_root()
        self.assertEqual(json.loads(self.run_in(root, "index", "--json"))["added"], 12)
        with self.serving(root):
            self.assertEqual(len(self.search()), 5)
            self.assertEqual(self.thumbnail()[:2], b"\xff\xd8")
        if os.geteuid() == 0:
            owners = {file.stat().st_uid for file in (self.directory / "data").rglob("*")}
            self.assertEqual(owners, {10001})

    def test_serves_a_library_that_it_may_not_write_to(self):
        self.run_in(self.small_root(), "index", "--quiet")
        root = self.small_root(data="ro")
        self.assertEqual(json.loads(self.run_in(root, "status", "--json"))["pictures"], 12)
        with self.serving(root):
            self.assertEqual(len(self.search()), 5)
        self.assertIn(b"Read-only file system", self.error_of(root, "index"))

    def error_of(self, root, *arguments):
        done = subprocess.run(root.command("/usr/bin/glimpse", *arguments), capture_output=True, timeout=300)
        self.assertNotIn(done.returncode, (0, -signal.SIGSEGV, -signal.SIGABRT))
        return done.stderr

    def test_writes_nowhere_else(self):
        root = self.small_root()
        for place in ("/library", "/usr/library", "/images/library"):
            self.assertIn(b"Read-only file system", self.error_of(root, "index", "--library", place))

    def test_works_without_a_cache_that_it_can_write_to(self):
        root = self.small_root(GLIMPSE_CACHE="/usr/cache")
        self.assertEqual(json.loads(self.run_in(root, "index", "--json"))["added"], 12)
        with self.serving(root):
            self.assertEqual(len(self.search()), 5)
            self.assertEqual(self.thumbnail()[:2], b"\xff\xd8")

    def test_serves_without_any_library(self):
        with self.serving(self.small_root()):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/status", timeout=60) as answer:
                self.assertEqual(json.load(answer)["pictures"], 0)
