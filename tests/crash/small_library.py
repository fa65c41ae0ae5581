"""What the crash tests share: a library of tiny pictures and a tiny model, and what must be true of it at any time.

CRASH_SCALE=release runs each test at the length of a release and with a new seed, else at that of a gate and always with the
same one. The seed is printed; CRASH_SEED=… repeats a run.
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from shell import GLIMPSE, Shell, start_server  # noqa: E402

RELEASE = os.environ.get("CRASH_SCALE") == "release"
SEED = int(os.environ.get("CRASH_SEED") or (time.time_ns() % 1_000_000_007 if RELEASE else 20261126))
MODELS = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
SHIM = os.environ["CRASH_SHIM"]


def at_scale(gate, release):
    return release if RELEASE else gate


def tiny_picture(number):
    """Each number its own picture: a PNG of 8x8 pixels of noise."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    noise = random.Random(number).randbytes(8 * 24)
    rows = b"".join(b"\0" + noise[24 * y:24 * y + 24] for y in range(8))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class CrashCase(Shell):
    model = MODELS / "tiny-clip"

    def setUp(self):
        super().setUp()
        print(f"\n{self.id()}: CRASH_SEED={SEED}", flush=True)
        self.random = random.Random(SEED)
        self.library = self.directory / "library"
        self.cache = self.directory / "cache"
        self.environment.update(GLIMPSE_CACHE=str(self.cache), GLIMPSE_THREADS="1")

    def make_pictures(self, begin, end):
        for number in range(begin, end):
            (self.pictures / f"{number:04}.png").write_bytes(tiny_picture(number))

    def index(self, *flags, **more):
        return self.json("index", self.pictures, "--model", self.model, *flags, **more)

    def attempt(self, *arguments, environment=None, timeout=120):
        """Runs the program and demands only that it does not crash. Gives what it did."""
        done = subprocess.run([GLIMPSE, *map(str, arguments)], env={**self.environment, **(environment or {})},
                              capture_output=True, timeout=timeout, cwd=self.directory)
        self.assertIn(done.returncode, (0, 1, 2, 3, 4), f"{arguments}: {done.returncode}: {done.stderr[-2000:]}")
        return done

    def rows(self, sql, *arguments, library=None):
        """Reads the database beside the program. It may make the database's log anew, as any reader does."""
        with contextlib.closing(sqlite3.connect(pathlib.Path(library or self.library) / "library.sqlite")) as database:
            return database.execute(sql, arguments).fetchall()

    def stored(self, library=None):
        """The names of all pictures; none when there is no library yet."""
        if not (pathlib.Path(library or self.library) / "library.sqlite").exists():
            return []
        return [os.fsdecode(name) for (name,) in self.rows("SELECT name FROM pictures", library=library)]

    def assert_sound(self, acknowledged, library=None):
        """All acknowledged pictures are there, none twice, each with its vector; no byte contradicts another."""
        names = self.stored(library)
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(set(acknowledged), set(names))
        if not (pathlib.Path(library or self.library) / "library.sqlite").exists():
            return
        doctor = self.attempt("doctor", "--full", "--json", "--library", library or self.library)
        self.assertEqual(doctor.returncode, 0, doctor.stdout + doctor.stderr)
        self.assertEqual(self.rows("PRAGMA integrity_check", library=library), [("ok",)])
        lacking = self.rows("SELECT count(*) FROM pictures p WHERE NOT EXISTS (SELECT 1 FROM vectors v JOIN generations g "
                            "ON g.id = v.generation WHERE v.picture = p.id AND g.state = 1)", library=library)
        self.assertEqual(lacking, [(0,)])

    def assert_finds_itself(self, name):
        """A picture is the nearest to its own vector."""
        best = self.json("search", f"./{name}", "-k", 1, cwd=self.pictures)["results"][0]
        self.assertEqual(pathlib.Path(best["path"]).name, name)
        self.assertGreater(best["score"], 0.99)

    def copy_of(self, source, name):
        target = self.directory / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        return target


def committed_in(output):
    """The names that a run acknowledged, by its --json-lines. The last line may be cut off."""
    names = []
    for line in output.split(b"\n")[:-1]:
        event = json.loads(line)
        if event["event"] == "committed":
            names += [pathlib.Path(path).name for path in event["pictures"]]
    return names
