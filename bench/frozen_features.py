#!/usr/bin/env python3
"""What is won by running frozen towers once: `glimpse train --scope heads`, three ways in one run.

    bench/frozen_features.py [--model DIR] [--pictures N] [--epochs N] [--threads N]

kept: features in memory; anew: computed each time, a row at a time (--feature-memory 0 --feature-disk 0); looks: pictures
anew each epoch because each look is a new one, in whole batches, words kept (--augment mild --versions 0). On Debian's
tuxpaint-stamps-default with its first lines as captions, and the model of bench/make_model.py, which is made when missing.
Prints the seconds that each run says it took, reading the model and the data left out, and its processor's seconds, all of it.
"""
import argparse
import csv
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
STAMPS = pathlib.Path("/usr/share/tuxpaint/stamps")
WAYS = {"kept": ["--augment", "none"],
        "anew": ["--augment", "none", "--feature-memory", "0", "--feature-disk", "0"],
        "looks": ["--augment", "mild", "--versions", "0"]}


def captions(table, count):
    rows = [(picture, text.read_text().splitlines()[0]) for text in sorted(STAMPS.rglob("*.txt"))
            if (picture := text.with_suffix(".png")).exists()]
    step = max(1, len(rows) // count)
    with open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "caption"])
        writer.writerows((picture.relative_to(STAMPS), caption) for picture, caption in rows[::step][:count])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "build/bench/clip-vit-base-patch32")
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if not (args.model / "config.json").exists():
        subprocess.run([sys.executable, ROOT / "bench/make_model.py", args.model], check=True)
    seconds, processor = {}, {}

    def spent():
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime
    with tempfile.TemporaryDirectory() as temporary:
        place = pathlib.Path(temporary)
        captions(place / "stamps.csv", args.pictures)
        for way, flags in WAYS.items():
            command = [ROOT / "build/bin/glimpse", "train", place / "stamps.csv", "--pictures", STAMPS, "--model", args.model,
                       "--out", place / way, "--scope", "heads", "--epochs", args.epochs, "--patience", 0, "--wise", "off",
                       "--threads", args.threads, "--quiet", "--json", *flags]
            before = spent()
            done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE)
            seconds[way] = round(json.loads(done.stdout)["training"]["seconds"], 2)
            processor[way] = round(spent() - before, 2)
            print(way, seconds[way], processor[way], file=sys.stderr)
    print(json.dumps({"pictures": args.pictures, "epochs": args.epochs, "threads": args.threads, "seconds": seconds,
                      "processor_seconds": processor,
                      "ratio": {way: round(seconds[way] / seconds["kept"], 2) for way in ("anew", "looks")}}))


if __name__ == "__main__":
    main()
