"""HNSW beside hnswlib and faiss, on the same clustered rows, one thread, in one run.

    python3 bench/index_peers.py DIRECTORY [--rows 1000000] [--python PYTHON] [--only glimpse,hnswlib,faiss,faiss-sq8]

DIRECTORY keeps the rows, the true neighbours and each engine's built index, so that a run can be taken up again (2 GB of
rows, and as much for each engine, at a million). PYTHON needs bench/requirements.txt. Every engine is built with M 24
and efConstruction 200, then asked 1,000 queries one after the other with growing ef until recall@10 is 0.99. Prints
JSON, one object an engine, then a table for docs/benchmarks/index.md.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIMENSION, QUERIES, NEIGHBOURS, M, EF_CONSTRUCTION, WANTED = 512, 1000, 10, 24, 200, 0.99
EFS = (16, 32, 64, 96, 128, 192, 256, 320, 384, 512, 768, 1024)


def clustered(count, seed, topics):
    """Unit rows around topics: the spread falls off over directions, as that of embeddings does."""
    import numpy as np
    random = np.random.default_rng(seed)
    spectrum = (1 + np.arange(DIMENSION)) ** -0.5
    spectrum = (spectrum / np.linalg.norm(spectrum)).astype(np.float32)
    centres = np.random.default_rng(1).standard_normal((topics, DIMENSION), dtype=np.float32) * spectrum
    rows = np.empty((count, DIMENSION), np.float32)
    for first in range(0, count, 65536):
        part = rows[first:first + 65536]
        part[:] = centres[random.integers(topics, size=len(part))]
        part += spectrum * random.standard_normal(part.shape, dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def true_neighbours(rows, queries):
    import numpy as np
    best = np.full((len(queries), NEIGHBOURS), -np.inf, np.float32)
    ids = np.zeros((len(queries), NEIGHBOURS), np.int64)
    for first in range(0, len(rows), 65536):
        scores = queries @ rows[first:first + 65536].T
        places = np.argpartition(-scores, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        scores = np.concatenate([best, np.take_along_axis(scores, places, 1)], 1)
        places = np.concatenate([ids, places + first], 1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :NEIGHBOURS]
        best, ids = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
    return ids


def make(directory, count):
    import numpy as np
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / "truth.npy").exists():
        return
    topics = max(100, count // 200)
    rows, queries = clustered(count, 2, topics), clustered(QUERIES, 3, topics)
    np.save(directory / "rows.npy", rows)
    np.save(directory / "queries.npy", queries)
    np.save(directory / "truth.npy", true_neighbours(rows, queries))


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def sweep(queries, truth, search):
    """search(query, ef) → 10 row numbers."""
    for ef in EFS:
        times, work, found = [], [], 0
        for query, expected in zip(queries, truth):
            start, before = time.perf_counter(), time.thread_time()
            got = search(query, ef)
            times.append((time.perf_counter() - start) * 1000)
            work.append((time.thread_time() - before) * 1000)
            found += len(set(got) & set(expected))
        times.sort()
        work.sort()
        result = {"ef": ef, "recall_at_10": found / truth.size, "p50_ms": times[len(times) // 2],
                  "p99_ms": times[len(times) * 99 // 100], "cpu_p50_ms": work[len(work) // 2],
                  "cpu_p99_ms": work[len(work) * 99 // 100]}
        print(json.dumps(result), flush=True)
        if result["recall_at_10"] >= WANTED:
            return


def work_hnswlib(directory, threads):
    import hnswlib
    import numpy as np
    rows, file = np.load(directory / "rows.npy", mmap_mode="r"), directory / "hnswlib.index"
    index = hnswlib.Index("ip", DIMENSION)
    if not file.exists():
        start = time.perf_counter()
        index.init_index(len(rows), ef_construction=EF_CONSTRUCTION, M=M)
        index.add_items(rows, num_threads=threads)
        print(json.dumps({"build_s": time.perf_counter() - start, "threads": threads}), flush=True)
        index.save_index(str(file))
        index = hnswlib.Index("ip", DIMENSION)
    before = resident()
    index.load_index(str(file))
    print(json.dumps({"bytes_a_vector": (resident() - before) / len(rows)}), flush=True)
    index.set_num_threads(1)

    def search(query, ef):
        index.set_ef(ef)
        return index.knn_query(query, NEIGHBOURS)[0][0]
    sweep(np.load(directory / "queries.npy"), np.load(directory / "truth.npy"), search)


def work_faiss(directory, threads, name="faiss"):
    import faiss
    import numpy as np
    rows, file = np.load(directory / "rows.npy", mmap_mode="r"), directory / f"{name}.index"
    if not file.exists():
        faiss.omp_set_num_threads(threads)
        start = time.perf_counter()
        if name == "faiss":
            index = faiss.IndexHNSWFlat(DIMENSION, M, faiss.METRIC_INNER_PRODUCT)
        else:
            index = faiss.IndexHNSWSQ(DIMENSION, faiss.ScalarQuantizer.QT_8bit, M, faiss.METRIC_INNER_PRODUCT)
            index.train(np.ascontiguousarray(rows[:65536]))
        index.hnsw.efConstruction = EF_CONSTRUCTION
        index.add(np.ascontiguousarray(rows))
        print(json.dumps({"build_s": time.perf_counter() - start, "threads": threads}), flush=True)
        faiss.write_index(index, str(file))
        del index
    before = resident()
    index = faiss.read_index(str(file))
    print(json.dumps({"bytes_a_vector": (resident() - before) / len(rows)}), flush=True)
    faiss.omp_set_num_threads(1)

    def search(query, ef):
        index.hnsw.efSearch = ef
        return index.search(query[None], NEIGHBOURS)[1][0]
    sweep(np.load(directory / "queries.npy"), np.load(directory / "truth.npy"), search)


def glimpse_command(directory, threads):
    program = ROOT / "build/bin/index_search"
    return [str(program), *(str(directory / name) for name in ("rows.npy", "queries.npy", "truth.npy")), str(M),
            str(EF_CONSTRUCTION), ",".join(map(str, EFS)), str(threads), str(directory / "glimpse.index")]


def result_of(name, command):
    """Everything that the engine's process printed, up to the first ef with the recall that is wanted."""
    result = {"engine": name, "load": os.getloadavg()[0]}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        print(f"{name}: {line.strip()}", file=sys.stderr, flush=True)
        result.update(json.loads(line))
        if result.get("recall_at_10", 0) >= WANTED:
            break
    process.terminate()
    process.wait()
    return result


def table(results):
    lines = ["| engine | recall@10 | ef | p50 / p99 ms | of processor time | bytes a vector | built in s (threads) |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for r in results:
        size = f"{r['bytes_a_vector']:.0f}" if "bytes_a_vector" in r else "–"
        built = f"{r['build_s']:.0f} ({r['threads']})" if "build_s" in r else "–"
        lines.append(f"| {r['engine']} | {r['recall_at_10']:.3f} | {r['ef']} | {r['p50_ms']:.2f} / {r['p99_ms']:.2f} "
                     f"| {r['cpu_p50_ms']:.2f} / {r['cpu_p99_ms']:.2f} "
                     f"| {size} | {built} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for building")
    parser.add_argument("--only", default="glimpse,hnswlib,faiss,faiss-sq8")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    directory, threads = arguments.directory, arguments.threads
    if arguments.worker == "make":
        make(directory, arguments.rows)
    elif arguments.worker == "hnswlib":
        work_hnswlib(directory, threads)
    elif arguments.worker:
        work_faiss(directory, threads, arguments.worker)
    else:
        again = [arguments.python, __file__, str(directory), "--rows", str(arguments.rows), "--threads", str(threads)]
        subprocess.run([*again, "--worker", "make"], check=True)
        commands = {name: [*again, "--worker", name] for name in ("hnswlib", "faiss", "faiss-sq8")}
        commands["glimpse"] = glimpse_command(directory, threads)
        names = arguments.only.split(",")
        for name in names:  # build first, so that the searches that are compared run right after each other
            if not (directory / f"{name}.index").exists():
                result_of(name, commands[name])
        results = [result_of(name, commands[name]) for name in names]
        print("\n".join(json.dumps(r) for r in results))
        print(table(results))


if __name__ == "__main__":
    main()
