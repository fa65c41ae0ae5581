"""What the peers' processes have in common: their arguments, their clock, and the one line of JSON that they print.

Each peer is started once for each measurement, by run.py, with OMP_NUM_THREADS and its like set and bound to as many
processors as there are threads. Loading the model and one call to warm up are not measured.
"""

import argparse
import json
import pathlib
import time

BATCHES = (1, 8, 16)


def arguments(description, tasks):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("task", choices=tasks)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="what weights.py made")
    parser.add_argument("--pictures", type=pathlib.Path, help="folder of JPEGs (index)")
    parser.add_argument("--phrases", type=pathlib.Path, help="a query a line (query)")
    parser.add_argument("--vectors", type=pathlib.Path, help=".npy to search (cold), or to write (index)")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--variant", default="")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=5)
    return parser.parse_args()


def files(folder):
    return sorted(folder.glob("*.jpg"))


def batches(items, size=16):
    return [items[at:at + size] for at in range(0, len(items), size)]


def answer(value, **more):
    print(json.dumps({"value": value, **more}))


def rate(call, units, seconds):
    """Units a second of call(), each of which does `units`."""
    call()
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        call()
        done += units
    return done / (time.perf_counter() - started)


def best_batch(run, seconds):
    """The rate of run(batch size) at its best size: (pictures a second, that size)."""
    return max((rate(lambda: run(size), size, seconds / len(BATCHES)), size) for size in BATCHES)


def count_per_second(work, items):
    """Items a second, all of them once. The first few go before, to warm up."""
    work(items[:4])
    started = time.perf_counter()
    work(items)
    return len(items) / (time.perf_counter() - started)


def median_ms(call, phrases):
    """Median milliseconds of call(phrase), the first tenth left out."""
    times = []
    for phrase in phrases:
        started = time.perf_counter()
        call(phrase)
        times.append((time.perf_counter() - started) * 1000)
    kept = sorted(times[len(times) // 10:])
    return kept[len(kept) // 2]
