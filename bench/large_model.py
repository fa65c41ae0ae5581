"""Measures a full-size model: cold queries, memory while indexing, pipeline efficiency. Prints a Markdown table.

    python bench/make_model.py MODEL; python bench/large_model.py MODEL PICTURES [--precisions f32 bf16] [--runs N]

PICTURES: a folder of a few hundred pictures (bench/make_pictures.py makes one). Standard library only.
"""

import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("GLIMPSE_BUILD", ROOT / "build"))
GLIMPSE = str(BUILD / "bin/glimpse")


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


class Bench:
    def __init__(self, model):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="glimpse-bench-"))
        self.environment = {**os.environ, "GLIMPSE_LIBRARY": str(self.work / "library"), "GLIMPSE_CACHE": str(self.work / "cache")}
        self.model = model

    def run(self, *command):
        """Wall seconds, processor seconds, peak resident MiB and what it printed."""
        started = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output

    def glimpse(self, *arguments):
        return self.run(GLIMPSE, *arguments, "--model", self.model)

    def index(self, pictures, precision):
        """Twice: the first run fills the caches, the second is the one that counts."""
        for _ in range(2):
            shutil.rmtree(self.work / "library", ignore_errors=True)
            first_mib = getattr(self, "first_mib", 0)
            _, processor, mib, output = self.glimpse("index", pictures, "--json", "--precision", precision)
            self.first_mib = max(first_mib, mib)
        report = json.loads(output)
        rate = report["embedded"] / report["seconds"]
        tower = json.loads(self.run(BUILD / "bin/bare_tower", self.model, "5", precision)[3])
        bare, bare_processor = tower["images_per_second"], tower["images_per_processor_second"]
        by_processor = report["embedded"] / processor
        print(f"| index, {precision}: pictures/s, end to end / bare tower | {rate:.1f} / {bare:.1f} = {rate / bare:.2f} |")
        print(f"| the same by processor time, start-up included | {by_processor:.1f} / {bare_processor:.1f} = "
              f"{by_processor / bare_processor:.2f} |")
        print(f"| index, {precision}: peak resident memory, first run / next | {self.first_mib:.0f} / {mib:.0f} MiB |", flush=True)
        del self.first_mib

    def within(self, pictures, limit):
        """Peak memory of an index that was told to stay within `limit` MiB."""
        shutil.rmtree(self.work / "library", ignore_errors=True)
        _, _, mib, _ = self.glimpse("index", pictures, "--memory", f"{limit}M", "--precision", "f32")
        print(f"| index, f32, --memory {limit}M: peak resident memory | {mib:.0f} MiB |", flush=True)

    def at_rest(self):
        """A server that answered, and the same after --model-ttl."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen([GLIMPSE, "serve", "--port", str(port), "--model-ttl", "2", "--quiet"], env=self.environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                time.sleep(0.2)
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/search?q=black+dog").read()
                    break
                except OSError:
                    continue
            busy = resident_mib(server.pid)
            time.sleep(6)
            print(f"| server after a query / at rest: resident memory | {busy:.0f} / {resident_mib(server.pid):.0f} MiB |", flush=True)
        finally:
            server.terminate()
            server.wait()

    def cold_query(self, runs):
        for _ in range(2):
            self.glimpse("search", "a black dog")
        seconds, processor, mib, _ = zip(*(self.glimpse("search", "a black dog") for _ in range(runs)))
        print(f"| fresh process, first query answered: median, least | {statistics.median(seconds):.3f}, {min(seconds):.3f} s |")
        print(f"| its processor time, median | {statistics.median(processor):.3f} s |")
        print(f"| its peak resident memory | {max(mib):.0f} MiB |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("pictures")
    parser.add_argument("--precisions", nargs="*", default=["f32", "bf16"])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--limit", type=int, default=900, help="MiB to index within, in f32")
    arguments = parser.parse_args()
    bench = Bench(arguments.model)
    print("| what | measured |\n| --- | --- |")
    try:
        for precision in arguments.precisions:
            bench.index(arguments.pictures, precision)
        bench.cold_query(arguments.runs)
        bench.at_rest()
        bench.within(arguments.pictures, arguments.limit)
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)


if __name__ == "__main__":
    main()
