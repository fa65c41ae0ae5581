"""Measures the main job with the default model, in one run, and prints a Markdown table.

    python bench/main_job.py PICTURES [--torch PYTHON]

PICTURES: a folder of at least 10,000 JPEGs (bench/make_pictures.py makes one). --torch names a Python that has
bench/requirements.txt, to time the same tower in torch beside ours. Standard library only; servers on loopback.
"""

import argparse
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("GLIMPSE_BUILD", ROOT / "build"))
GLIMPSE = str(BUILD / "bin/glimpse")
WORDS = ("a man woman child dog cat horse red green white black small large running jumping sitting standing in on near "
         "the grass beach street snow water mountain with ball hat shirt bicycle car").split()


def phrases():
    dice = random.Random(1)
    while True:
        yield " ".join(dice.choices(WORDS, k=dice.randint(3, 8)))


class Bench:
    def __init__(self, pictures):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="glimpse-bench-"))
        self.files = sorted(pathlib.Path(pictures).glob("*.jpg"))
        self.environment = {**os.environ, "GLIMPSE_LIBRARY": str(self.work / "library")}
        self.rows = []

    def folder(self, count):
        folder = self.work / f"pictures-{count}"
        folder.mkdir()
        for file in self.files[:count]:
            os.link(file, folder / file.name) if os.stat(file).st_dev == os.stat(folder).st_dev else shutil.copy(file, folder)
        return folder

    def glimpse(self, *arguments):
        started = time.perf_counter()
        done = subprocess.run([GLIMPSE, *map(str, arguments)], env=self.environment, capture_output=True, check=True)
        return time.perf_counter() - started, done.stdout

    def row(self, what, value, goal):
        self.rows.append(f"| {what} | {value} | {goal} |")
        print(self.rows[-1], flush=True)

    def indexing(self, torch_python):
        folder = self.folder(1000)
        self.glimpse("embed", "--image", self.files[0])  # fills the cache of compiled towers
        seconds = []
        for _ in range(3):
            shutil.rmtree(self.work / "library", ignore_errors=True)
            seconds.append(json.loads(self.glimpse("index", folder, "--json")[1])["seconds"])
        ours = 1000 / statistics.median(seconds)
        bare = json.loads(subprocess.run([BUILD / "bin/bare_tower", BUILD / "share/glimpse/models/glimpse-small"],
                                         capture_output=True, check=True).stdout)
        self.row("index 1,000 JPEGs of 400-500 px", f"{ours:.0f} pictures/s", "")
        self.row("bare picture tower on ready tensors", f"{bare['images_per_second']:.0f} pictures/s", "")
        self.row("pipeline efficiency", f"{ours / bare['images_per_second']:.2f}", ">= 0.85")
        if torch_python:
            done = subprocess.run([torch_python, ROOT / "bench/torch_tower.py", folder, "200"], capture_output=True, check=True)
            theirs = float(done.stdout.split()[-1])
            self.row("the same tower in torch f32, 200 of them", f"{theirs:.1f} pictures/s", "")
            self.row("ours / torch", f"{ours / theirs:.1f} x", ">= 10 x")

    def searching(self):
        folder = self.folder(10_000)
        shutil.rmtree(self.work / "library", ignore_errors=True)
        seconds, _ = self.glimpse("index", folder)
        self.row("index 10,000 pictures", f"{seconds:.0f} s", "")
        again = [self.glimpse("index", folder)[0] for _ in range(3)]
        self.row("second index, nothing changed", f"{statistics.median(again):.2f} s", "<= 1 s")
        self.glimpse("search", "black dog")
        fresh = [self.glimpse("search", "black dog")[0] for _ in range(11)]
        self.row("glimpse search \"black dog\", fresh process", f"{statistics.median(fresh):.3f} s", "<= 0.3 s")

    def serving(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen([GLIMPSE, "serve", "--port", str(port)], env=self.environment, stderr=subprocess.DEVNULL)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for _ in range(600):
                try:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().read():
                        break
                except OSError:
                    connection.close()
                    time.sleep(0.1)
            times = []
            for phrase in itertools.islice(phrases(), 1050):
                body = json.dumps({"query": phrase})
                started = time.perf_counter()
                connection.request("POST", "/api/v1/search", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                times.append((time.perf_counter() - started) * 1000)
                assert answer.status == 200, content
            times = sorted(times[50:])
            self.row("server, new words each time, p50 / p99 of 1,000", f"{times[500]:.1f} / {times[990]:.1f} ms", "<= 6 / 20 ms")
            status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
            resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
            self.row("server's resident memory, 10,000 pictures", f"{resident:.0f} MiB", "<= 400 MB")
        finally:
            server.terminate()
            server.wait()

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures")
    parser.add_argument("--torch", help="a Python with bench/requirements.txt")
    arguments = parser.parse_args()
    bench = Bench(arguments.pictures)
    print("| what | measured | reach |\n| --- | --- | --- |")
    try:
        bench.indexing(arguments.torch)
        bench.searching()
        bench.serving()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
