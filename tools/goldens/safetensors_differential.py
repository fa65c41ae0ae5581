#!/usr/bin/env python3
"""Compares our safetensors reader with the reference reader on damaged files.

    python tools/goldens/safetensors_differential.py PROGRAM [COUNT]

PROGRAM reads a file name from each line of its input and answers "ok" or "error: ..." on a line of its own. Accepting what
the reference refuses is a failure; refusing what it accepts is one too, unless the reason is one of those that
docs/formats/checkpoints.md calls stricter on purpose.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from safetensors import safe_open

STRICTER = ("duplicate", "unknown field", "over 1 KiB", "more than", "is not among", "over 63 bits")
DTYPES = ["BOOL", "U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64", "U16", "U64", "F8_E4M3", "X"]
SIZES = dict(BOOL=1, U8=1, I8=1, I16=2, I32=4, I64=8, F16=2, BF16=2, F32=4, F64=8, U16=2, U64=8, F8_E4M3=1, X=1)


def base_file(r):
    header, at = {}, 0
    for i in range(r.randint(0, 4)):
        dtype, shape = r.choice(DTYPES[:10]), [r.randint(0, 3) for _ in range(r.randint(0, 3))]
        size = SIZES[dtype]
        for n in shape:
            size *= n
        header[f"t{i}"] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    if r.random() < 0.3:
        header["__metadata__"] = {"k": "v"}
    return header, at


def mutant(r):
    header, size = base_file(r)
    text = None
    for _ in range(r.randint(0, 2)):
        rows = [v for v in header.values() if isinstance(v, dict) and "shape" in v]
        if not rows:
            break
        row, kind = r.choice(rows), r.randrange(6)
        if kind == 0:
            row["dtype"] = r.choice(DTYPES)
        elif kind == 1:
            row["shape"] = row["shape"] + [r.choice([0, 1, 2, 2**32, 2**62, 2**64 - 1, 2**64, -1, 1.0, None, "1"])]
        elif kind == 2:
            row["data_offsets"][r.randrange(2)] += r.choice([-1, 1, 4, 2**63])
        elif kind == 3:
            row.pop(r.choice(list(row)))
            break
        elif kind == 4:
            row["extra"] = r.choice([1, None, [], {}])
        else:
            size += r.choice([-1, 1, 3])
    text = json.dumps(header).encode()
    text = r.choice([b"", b"", b" ", b"\n", b"\t"]) + text + r.choice([b"", b"", b"  ", b"\n", b"\0", b"x"])
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        at = r.randrange(len(text))
        text = text[:at] + bytes([r.randrange(256)]) + text[at + r.randint(0, 1):]
    length = len(text) + r.choice([0] * 12 + [-1, 1, 2**40])
    data = length.to_bytes(8, "little", signed=True) + text + bytes(max(size, 0))
    return data[:r.randrange(len(data))] if r.random() < 0.05 else data


def reference(path):
    try:
        with safe_open(path, framework="np") as file:
            file.keys()
        return "ok"
    except Exception as error:  # noqa: BLE001 - any refusal counts
        return f"error: {error}"


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    r = random.Random(20240614)
    with tempfile.TemporaryDirectory() as directory:
        paths = [pathlib.Path(directory) / f"{i}.safetensors" for i in range(count)]
        for path in paths:
            path.write_bytes(mutant(r))
        answers = subprocess.run([program], input="\n".join(map(str, paths)) + "\n", capture_output=True, text=True, check=True)
        tally, failures = collections.Counter(), 0
        for path, ours in zip(paths, answers.stdout.splitlines(), strict=True):
            theirs = reference(path)
            verdict = (ours[:2] == "ok", theirs[:2] == "ok")
            strict = verdict == (False, True) and any(reason in ours for reason in STRICTER)
            tally["stricter on purpose" if strict else {(True, True): "both accept", (False, False): "both refuse"}.get(
                verdict, "MISMATCH")] += 1
            if verdict[0] != verdict[1] and not strict:
                failures += 1
                if failures <= 10:
                    print("MISMATCH", path.read_bytes()[:300], "\n  ours:", ours, "\n  theirs:", theirs)
        print(dict(tally))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
