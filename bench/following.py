#!/usr/bin/env python3
"""How fast a library is compared with its folders, and whether a storm of new files is followed to the last one.

    bench/following.py rescan  [--files 100000] [--glimpse build/bin/glimpse]
    bench/following.py storm   [--files 50000] [--seconds 10]

Files are tiny and of few contents, so that hardly any goes through the model: what is measured is scanning, comparing
and committing. Everything happens in a temporary directory. Standard library only.
"""

import argparse
import json
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import threading
import time
import zlib

FILES_A_DIRECTORY = 500


def png(side, rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(rgb) * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


CONTENTS = [png(8, (i * 12, 255 - i * 12, 99)) for i in range(20)]


def make(pictures, number):
    directory = pictures / f"{number // FILES_A_DIRECTORY:04d}"
    if number % FILES_A_DIRECTORY == 0:
        directory.mkdir()
    (directory / f"{number}.png").write_bytes(CONTENTS[number % len(CONTENTS)])


class Library:
    def __init__(self, glimpse, directory):
        self.glimpse = glimpse
        self.pictures = directory / "pictures"
        self.pictures.mkdir()
        self.environment = {**os.environ, "GLIMPSE_LIBRARY": str(directory / "library")}

    def json(self, *arguments):
        done = subprocess.run([self.glimpse, *arguments, "--json"], env=self.environment, capture_output=True, check=True)
        return json.loads(done.stdout)

    def timed_index(self):
        start = time.perf_counter()
        report = self.json("index", str(self.pictures))
        return time.perf_counter() - start, report


def rescan(library, files):
    for i in range(files):
        make(library.pictures, i)
    first, report = library.timed_index()
    assert report["added"] == files, report
    print(f"first index of {files} files, {report['embedded']} embedded: {first:.1f} s")
    runs = []
    for _ in range(5):
        seconds, report = library.timed_index()
        assert report["unchanged"] == files, report
        runs.append(seconds)
    print(f"nothing changed, whole command: best {min(runs):.2f} s, median {sorted(runs)[2]:.2f} s of 5")


def storm(library, files, seconds):
    follower = subprocess.Popen([library.glimpse, "watch", "--json", str(library.pictures)], env=library.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(map(json.loads, follower.stdout)))
    assert json.loads(follower.stdout.readline())["pictures"] == 0
    reader.start()
    start = time.perf_counter()
    for i in range(files):
        make(library.pictures, i)
        ahead = start + seconds * (i + 1) / files - time.perf_counter()
        if ahead > 0.01:
            time.sleep(ahead)
    made = time.perf_counter() - start
    while (now := library.json("status")["pictures"]) != files:
        assert time.perf_counter() - start < 600, f"{now} of {files}"
        time.sleep(0.5)
    done = time.perf_counter() - start
    follower.send_signal(signal.SIGINT)
    follower.wait()
    reader.join()
    _, report = library.timed_index()
    equal = report["unchanged"] == files and not any(report[k] for k in ("added", "changed", "moved", "gone", "failed"))
    print(f"{files} files made in {made:.1f} s; all in the library {done - made:.1f} s after the last one; "
          f"{len(lines)} bursts; an index afterwards finds {'nothing to do' if equal else report}")
    if not equal:
        raise SystemExit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rescan", "storm"))
    parser.add_argument("--files", type=int)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--glimpse", default=str(pathlib.Path(__file__).parents[1] / "build/bin/glimpse"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glimpse-following-") as directory:
        library = Library(arguments.glimpse, pathlib.Path(directory))
        if arguments.what == "rescan":
            rescan(library, arguments.files or 100_000)
        else:
            storm(library, arguments.files or 50_000, arguments.seconds)


if __name__ == "__main__":
    main()
