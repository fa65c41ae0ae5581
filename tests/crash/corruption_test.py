"""Each file on disk, damaged in each way: never a crash, never wrong in silence, and always a way back."""

import http.client
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from small_library import GLIMPSE, SHIM, CrashCase, at_scale, start_server

CASES = int(os.environ.get("CRASH_CASES") or at_scale(300, 2000))
PICTURES = 400
NOBODY = 65534


def halved(data):
    return data[:len(data) // 2]


def zero_tail(data):
    return data[:len(data) * 2 // 3] + bytes(len(data) - len(data) * 2 // 3)


class Corruption(CrashCase):
    def setUp(self):
        super().setUp()
        self.environment["GLIMPSE_CACHE"] = str(self.directory / "disk/cache")
        self.environment["GLIMPSE_LIBRARY"] = str(self.directory / "disk/library")
        self.library = self.directory / "disk/library"
        self.whole = self.directory / "whole"
        self.backup = self.directory / "backup"

    def prepare(self):
        """A library that was killed while it was written to, so that it has a log; thumbnails; compiled models."""
        self.make_pictures(0, PICTURES)
        self.index()
        self.answer = self.answer_of(self.search())
        server, port = start_server(self)
        for number in range(1, 4):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", f"/api/v1/pictures/{number}/thumbnail")
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        server.terminate()
        server.communicate()
        self.run_glimpse("backup", self.backup)
        table = self.directory / "captions.csv"
        table.write_text("file_name,caption\n" + "".join(f"{n:04}.png,number{n}\n" for n in range(PICTURES)))
        log = self.library / "library.sqlite-wal"
        shutil.copytree(self.library, self.directory / "closed")
        for at in range(5, 100):  # the first call at which the log holds a commit
            shutil.rmtree(self.library)
            shutil.copytree(self.directory / "closed", self.library)
            counts = {"LD_PRELOAD": SHIM, "CRASH_ROOT": str(self.library), "CRASH_FAULT": "kill", "CRASH_AT": str(at)}
            killed = subprocess.run([GLIMPSE, "caption", self.pictures, "--from", table],
                                    env={**self.environment, **counts}, capture_output=True)
            self.assertEqual(killed.returncode, -9, killed.stderr)
            if log.exists() and log.stat().st_size > 0 and self.json("status")["captioned"] > 0:
                break
        self.assertGreater(log.stat().st_size, 0)
        shutil.copytree(self.directory / "disk", self.whole)

    @staticmethod
    def answer_of(search):
        """Names and scores; None for a search that failed. Captions came later, and may be lost with the log."""
        if search.returncode != 0:
            return None
        return [(hit["path"], hit["score"]) for hit in json.loads(search.stdout)["results"]]

    def search(self):
        return self.attempt("search", self.pictures / "0003.png", "-k", 8, "--json")

    def damages(self, size):
        """(name, what it does to a path)."""
        def rewrite(change):
            return lambda path: path.write_bytes(change(path.read_bytes()))

        def flip(at, bit):
            def change(data):
                return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:] if at < len(data) else data
            return rewrite(change)

        def directory(path):
            path.unlink()
            path.mkdir()
            (path / "inside").write_bytes(b"x")

        yield "deleted", lambda path: path.unlink()
        yield "emptied", rewrite(lambda data: b"")
        yield "cut in half", rewrite(halved)
        yield "one byte short", rewrite(lambda data: data[:-1])
        yield "zeroed tail", rewrite(zero_tail)
        yield "a directory", directory
        yield "a stray file beside it", lambda path: path.with_name(path.name + ".999999.0.tmp").write_bytes(b"x")
        yield "no permission", lambda path: path.chmod(0)
        while size:
            at, bit = self.random.randrange(size), self.random.randrange(8)
            yield f"bit {bit} of byte {at} flipped", flip(at, bit)

    def cases(self):
        """As many as there are to be, most of them on the database."""
        files = sorted(path for path in self.whole.rglob("*") if path.is_file() and path.suffix != ".sqlite-shm"
                       and not path.name.endswith("-shm"))
        by_kind = {(path.name if path.parent.name == "library" else path.suffix): path for path in files}
        sources = {kind: self.damages(path.stat().st_size) for kind, path in by_kind.items()}
        weights = {"library.sqlite": 8, "library.sqlite-wal": 2}
        turns = [kind for kind in sources for _ in range(weights.get(kind, 1))]
        for kind in sources:  # first each way once
            for _ in range(8):
                yield by_kind[kind], *next(sources[kind])
        while True:
            for kind in turns:
                if damage := next(sources[kind], None):
                    yield by_kind[kind], *damage

    def test_matrix(self):
        self.prepare()
        cases, counts = self.cases(), {"unharmed": 0, "healed": 0, "refused": 0, "skipped": 0}
        for number in range(CASES):
            source, name, damage = next(cases)
            place = source.relative_to(self.whole)
            with self.subTest(case=number, file=str(place), damage=name):
                self.copy_of(self.whole, "disk")
                if source.name == "library.sqlite" and number % 4:  # without a log, which holds many pages again
                    self.copy_of(self.directory / "closed", "disk/library")
                damage(self.directory / "disk" / place)
                counts[self.outcome(place, name)] += 1
        print(f"{CASES} cases: {counts}")

    def outcome(self, place, name):
        if name == "no permission" and os.geteuid() == 0:
            return self.without_permission(place)
        found = self.search()
        wrong = found.returncode == 0 and self.answer_of(found) != self.answer
        # A damaged log is the state before the lost commits, which the database had already.
        if wrong and not place.name.endswith("-wal"):
            doctor = self.attempt("doctor", "--full", "--json")
            self.assertEqual(doctor.returncode, 3, "wrong in silence")
        self.attempt("doctor", "--repair", "--json")
        indexed = self.attempt("index", self.pictures, "--model", self.model, "--json")
        if indexed.returncode != 0:
            self.refused(place, indexed)
            return "refused"
        self.assertEqual(self.answer_of(self.search()), self.answer)
        if place.parts[0] == "library":
            doctor = self.attempt("doctor", "--full", "--json")
            if doctor.returncode != 0:  # where no search looks, as in captions: named, with the way back
                self.assertEqual(doctor.returncode, 3, doctor.stdout)
                self.assertIn(b"glimpse restore", doctor.stdout)
                self.restore()
                return "refused"
        unharmed = self.answer_of(found) == self.answer and json.loads(indexed.stdout)["embedded"] == 0
        return "unharmed" if unharmed else "healed"

    def refused(self, place, done):
        """The file is named, and a backup takes its place."""
        message = done.stderr.decode()
        self.assertIn(str(self.library), message)
        if not place.name.startswith("library.sqlite"):  # nothing of worth stands in a lock
            shutil.rmtree(self.directory / "disk" / place)
            self.run_glimpse("index", self.pictures, "--model", self.model)
            return
        self.assertEqual(done.returncode, 2 if (self.directory / "disk" / place).is_dir() else 3, message)
        self.restore()

    def restore(self):
        self.run_glimpse("restore", self.backup, "--force")
        self.assertEqual(self.answer_of(self.search()), self.answer)
        self.run_glimpse("doctor", "--full")

    def without_permission(self, place):
        """Root reads everything, so another user runs the program."""
        probe = self.as_nobody("--version")
        if probe is None or probe.returncode != 0:
            return "skipped"
        done = self.as_nobody("search", self.pictures / "0003.png", "-k", 8, "--json")
        self.assertIn(done.returncode, (0, 1, 2, 3, 4), done.stderr)
        if done.returncode == 0:
            self.assertEqual(self.answer_of(done), self.answer)
            return "unharmed"
        self.assertTrue(done.stderr)
        return "refused"

    def as_nobody(self, *arguments):
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        try:
            return subprocess.run([GLIMPSE, *map(str, arguments)], env={**self.environment, "HOME": str(self.directory)},
                                  capture_output=True, timeout=120, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[])
        except (PermissionError, FileNotFoundError):
            return None
        finally:
            for path in (self.directory, *self.directory.rglob("*")):
                os.chown(path, os.getuid(), os.getgid(), follow_symlinks=False)


class Named(CrashCase):
    """What others lost data by."""

    def test_a_zeroed_tail_ends_in_no_loop(self):
        self.make_pictures(0, 40)
        self.index()
        file = self.library / "library.sqlite"
        file.write_bytes(zero_tail(file.read_bytes()))
        for _ in range(3):
            self.assertEqual(self.attempt("index", self.pictures, "--model", self.model).returncode, 3)
        self.assertIn(b"glimpse restore", self.attempt("doctor", "--full").stdout)

    def test_a_stray_temporary_file_does_not_block_the_start(self):
        self.make_pictures(0, 4)
        self.index()
        for name in ("library.sqlite.new", "library.sqlite.123.0.tmp"):
            (self.library / name).write_bytes(b"half")
        (self.library / "restore.123.0.tmp").mkdir()
        self.make_pictures(4, 8)
        self.assertEqual(self.index()["added"], 4)
        self.run_glimpse("doctor", "--repair")
        self.assertFalse([p.name for p in self.library.iterdir() if p.suffix in (".new", ".tmp")])

    def test_a_log_of_garbage_loses_nothing_that_was_in_the_database(self):
        self.make_pictures(0, 8)
        self.index()
        (self.library / "library.sqlite-wal").write_bytes(self.random.randbytes(40_000))
        self.assert_sound({f"{n:04}.png" for n in range(8)})
        self.assertEqual(self.index()["embedded"], 0)


if __name__ == "__main__":
    unittest.main()
