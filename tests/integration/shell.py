"""A person at a shell: runs the real program over real pictures in a fresh library. Standard library only."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

GLIMPSE = os.environ["GLIMPSE"]
CACHE = tempfile.TemporaryDirectory(prefix="glimpse-cache-")  # compiled towers, shared by the tests of one run
STAMPS = pathlib.Path("/usr/share/tuxpaint/stamps")  # Debian package tuxpaint-stamps-default, see deps/


def png(width, height, rgb):
    """A PNG of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(rgb) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def png_claiming(width, height):
    """A PNG whose header promises a size that its data does not have."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = png(1, 1, (0, 0, 0))
    return whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:]


def state(pid):
    """R: running, S: waiting, T: stopped, Z: ended, until its parent has looked; none: no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def computed(pid):
    """Seconds that a process has had of the processors, with all its threads."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0


def let_run(pid):
    """Lets a stopped process compute a few hundredths of a second: longer where others have the processors, so that a
    busy machine does not spend all its time on looking; but not for long if it only waits."""
    before, deadline = computed(pid), time.time() + 0.3
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.02)
    while computed(pid) - before < 0.02 and time.time() < deadline:
        time.sleep(0.005)


class Shell(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="glimpse-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.pictures = self.directory / "pictures"
        self.pictures.mkdir()
        own = {name: value for name, value in os.environ.items() if not name.startswith(("QDRANT_", "COLLECTION_NAME"))}
        self.environment = {**own, "GLIMPSE_LIBRARY": str(self.directory / "library"),
                            "XDG_DATA_HOME": str(self.directory / "data"), "GLIMPSE_CACHE": CACHE.name}

    def run_glimpse(self, *arguments, code=0, cwd=None):
        done = subprocess.run([GLIMPSE, *map(str, arguments)], env=self.environment, capture_output=True, timeout=300,
                              cwd=cwd or self.directory)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def start_glimpse(self, *arguments):
        return subprocess.Popen([GLIMPSE, *map(str, arguments)], env=self.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def step_until(self, pid, happened, process=None):
        """Lets a process run a few hundredths of a second at a time, however fast the machine, until `happened` answers;
        leaves it stopped, so that it cannot end before the test acts. `process`: the same, where it is a child."""
        deadline = time.time() + 120
        while time.time() < deadline:
            os.kill(pid, signal.SIGSTOP)
            while state(pid) != "T" and time.time() < deadline:
                if process is not None and process.poll() is not None:
                    self.fail(f"the program has ended: {process.communicate()[1]}")
                time.sleep(0.001)
            answer = happened()
            if answer:
                return answer
            let_run(pid)
        self.fail("it did not happen")

    def json(self, *arguments, **more):
        return json.loads(self.run_glimpse(*arguments, "--json", **more).stdout)

    def json_if_it_can(self, *arguments):
        """The same; None where it ends otherwise, as beside a program that was stopped while it holds the database."""
        done = subprocess.run([GLIMPSE, *map(str, arguments), "--json"], env=self.environment, capture_output=True, timeout=300)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def some_stamps(self, count, order=None):
        """Real pictures: animals, people, vehicles, plants. By name, or by `order` of their paths."""
        for source in sorted(sorted(STAMPS.glob("**/*.png")), key=order or str)[:count]:
            shutil.copy(source, self.pictures / "_".join(source.relative_to(STAMPS).parts))


def start_server(test, *flags):
    """Starts `glimpse serve` over a test's library and waits until it is ready. Gives the process and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = test.start_glimpse("serve", "--port", port, *flags)
    deadline = time.time() + 60
    while time.time() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return server, port
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    server.kill()
    test.fail(f"the server did not become ready: {server.communicate()[1]}")
