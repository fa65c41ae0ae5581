"""Measures glimpse and its peers in one go, and writes docs/benchmarks/peers.md and peers.svg.

    python bench/peers/run.py PICTURES PYTHON [--rounds N] [--threads N] [--seconds S] [--small N] [--large N]

PICTURES: a folder of photographs, from which two sets are made (640 x 480, and 12 megapixels). PYTHON: one that has
bench/requirements.txt. Everyone gets the same seeded ViT-B/32, the same pictures, one process and the same processors, by
turns; a round is every case once. What cannot run is listed with its reason. Standard library only. `make bench-peers`
builds what is needed and calls this; build/bench-peers keeps weights, pictures and results.json.
"""

import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("GLIMPSE_BUILD", ROOT / "build"))
sys.path.insert(0, str(HERE.parent))
import cases  # noqa: E402
import machine  # noqa: E402
import main_job  # noqa: E402
import page  # noqa: E402

NAMES = {"small": "640 × 480", "large": "12 megapixels"}
SIZES = {"small": "640x480", "large": "4000x3000", "many": "640x480"}
NEEDED = ("torch", "torchvision", "transformers", "open_clip", "onnx", "onnxscript", "onnxruntime", "qdrant_client", "PIL")
LIMIT_S = 1800  # no process takes longer


@dataclasses.dataclass
class Setup:
    work: pathlib.Path
    python: str
    threads: int
    seconds: float
    pictures: dict
    many: pathlib.Path  # pictures of the small size for ours alone
    bin: pathlib.Path = BUILD / "bin"
    glimpse: pathlib.Path = BUILD / "bin/glimpse"

    @property
    def model(self):
        return self.work / "model"

    @property
    def phrases(self):
        return self.work / "phrases.txt"

    @property
    def vectors(self):
        return self.work / "vectors.npy"

    def environment(self, library):
        count = str(self.threads)
        return {**os.environ, "OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count,
                "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "GLIMPSE_LIBRARY": str(library),
                "GLIMPSE_CACHE": str(self.work / "cache")}


class Failed(Exception):
    pass


def run(command, environment):
    """Runs a process to its end. Gives standard output, milliseconds and peak resident MiB. Raises Failed with its reason."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        try:
            process = subprocess.Popen([str(word) for word in command], env=environment, stdout=output, stderr=errors)
        except OSError as reason:
            raise Failed(f"cannot start {command[0]}: {reason.strerror}") from reason
        watchdog = threading.Timer(LIMIT_S, process.kill)
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        watchdog.cancel()
        passed = (time.perf_counter() - started) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            lines = errors.read().decode(errors="replace").strip().splitlines()
            raise Failed(lines[-1] if lines else f"ended with {process.returncode}")
        return output.read().decode(), passed, usage.ru_maxrss / 1024


def measure(case, setup):
    library = pathlib.Path(tempfile.mkdtemp(dir=setup.work)) if case.fresh_library else setup.work / "library"
    try:
        output, passed, memory = run(case.command, setup.environment(library))
        return {"value": case.read(output) if case.read else passed, "memory": memory}
    except Failed as reason:
        return {"unavailable": str(reason)}
    finally:
        if case.fresh_library:
            shutil.rmtree(library, ignore_errors=True)


def make_inputs(setup, photographs, counts):
    setup.work.mkdir(parents=True, exist_ok=True)
    environment = setup.environment(setup.work / "library")
    if not (setup.model / "done").exists():
        run((setup.python, HERE / "weights.py", setup.model, BUILD / "share/glimpse/bpe_simple_vocab_16e6.txt.gz"), environment)
    for size, folder in {**setup.pictures, "many": setup.many}.items():
        shutil.rmtree(folder, ignore_errors=True)
        run((setup.python, ROOT / "bench/make_pictures.py", photographs, folder, counts[size], SIZES[size]), environment)
    phrases = dict.fromkeys(itertools.islice((p for p in main_job.phrases() if len(p.split()) == 5), counts["queries"]))
    setup.phrases.write_text("".join(f"{phrase}\n" for phrase in phrases))


def agreement(setup):
    """How near our vectors are to transformers' on the same pictures, by precision: {"f32": {...}, ...}."""
    environment = setup.environment(setup.work / "library")
    small = setup.pictures["small"]
    run((setup.python, HERE / "transformers_peer.py", "index", "--model", setup.model, "--threads", setup.threads,
         "--pictures", small, "--variant", "pil", "--vectors", setup.vectors), environment)
    images = [word for file in sorted(small.glob("*.jpg"))[:32] for word in ("--image", file)]
    result = {}
    for precision in ("f32", "bf16", "int8"):
        mine = setup.work / f"ours-{precision}.npy"
        try:
            run((setup.glimpse, "embed", "--model", setup.model / "hf", "--precision", precision, "--npy", mine, *images),
                environment)
            result[precision] = json.loads(run((setup.python, HERE / "agreement.py", mine, setup.vectors), environment)[0])
        except Failed as reason:
            result[precision] = {"unavailable": str(reason)}
    return result


def prepare_ours(setup):
    """What a user does once: calibrate where int8 asks for it, compile (the cache is warm from then on), index."""
    library = setup.work / "library"
    shutil.rmtree(library, ignore_errors=True)
    environment = setup.environment(library)
    hf, small = setup.model / "hf", setup.pictures["small"]
    try:
        run((setup.glimpse, "embed", "--image", min(small.iterdir()), "--model", hf, "--precision", "int8"), environment)
    except Failed as reason:
        if "model calibrate" in str(reason):
            try:
                run((setup.glimpse, "model", "calibrate", small, "--model", hf), environment)
            except Failed as refusal:
                print(f"int8: {refusal}", file=sys.stderr)
    run((setup.glimpse, "index", small, "--model", hf, "--precision", "f32", "--threads", setup.threads), environment)
    for precision in ("f32", "bf16", "int8"):
        for size in setup.pictures:
            measure(next(c for c in cases.ours(setup) if c.key == f"ours index {size} {precision}"), setup)
    measure(next(c for c in cases.ours(setup) if c.key == "ours cold"), setup)


def run_rounds(setup, rounds, only):
    """{case: [result of each round]} of the cases that `only` matches. What failed once is not tried again."""
    results = {}
    for number in range(rounds):
        for case in cases.interleaved(setup):
            if not only.search(case.key):
                continue
            seen = results.setdefault(case.key, [])
            if any("unavailable" in result for result in seen):
                continue
            seen.append(measure(case, setup))
            print(f"round {number + 1}: {case.key}: {seen[-1]}", file=sys.stderr, flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=6, help="for a bare tower")
    parser.add_argument("--small", type=int, default=300, help="pictures of 640 x 480")
    parser.add_argument("--large", type=int, default=128, help="pictures of 12 megapixels")
    parser.add_argument("--many", type=int, default=1800, help="pictures of 640 x 480 for indexing by bare tower: of 300, int8 "
                        "embeds all in a few seconds, in which the beginning and the end weigh")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX",
                        help="measure these cases anew, among the results of the last run; the page says so")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/benchmarks")
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:given.threads])  # inherited by everyone
    work = BUILD / "bench-peers"
    setup = Setup(work=work, python=given.python, threads=given.threads, seconds=given.seconds,
                  pictures={size: work / size for size in NAMES}, many=work / "many")
    counts = {"small": given.small, "large": given.large, "many": given.many, "queries": given.queries}
    try:
        run((given.python, "-c", "import " + ", ".join(NEEDED)), os.environ)
    except Failed as reason:
        sys.exit(f"bench-peers: {given.python} lacks what bench/requirements.txt lists: {reason}")
    facts = machine.facts(setup)
    make_inputs(setup, given.photographs, counts)
    prepare_ours(setup)
    run_facts = {**facts, "counts": counts, "rounds": given.rounds, "threads": given.threads,
                 "seconds": given.seconds, "agreement": agreement(setup)}
    results = run_rounds(setup, given.rounds, given.only)
    run_facts["load_after"] = machine.load()
    if given.only.pattern:
        last = json.loads((work / "results.json").read_text())
        run_facts["anew"] = {"cases": given.only.pattern, "commit": run_facts["commit"]}
        run_facts["counts"] = last["facts"]["counts"]
        run_facts["commit"] = last["facts"]["commit"]
        results = {**last["results"], **results}
    (work / "results.json").write_text(json.dumps({"facts": run_facts, "results": results}, indent=1))
    page.write(given.out, run_facts, results, NAMES)


if __name__ == "__main__":
    try:
        main()
    except Failed as reason:
        sys.exit(f"bench-peers: {reason}")
