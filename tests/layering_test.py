"""Holds the source against the layering that ARCHITECTURE.md draws.

Reads the link graph that CMake generated (not the CMakeLists text) and every #include, and fails when
- a room links a room that is not below it,
- a file includes a room that its own room does not link,
- a third-party header appears in a room that does not own it, or in one of that room's headers.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOMS = ["base", "hub", "filter", "image", "report", "text", "checkpoint", "heads", "nn", "models", "autograd", "runtime", "encode", "index", "library", "care", "qdrant", "search", "evaluate", "analyze", "train", "server"]

# Header prefix → rooms whose .cc files may include it. What base's own headers need is open to all.
THIRD_PARTY = {
    "vips/": {"image"}, "jpeglib.h": {"image"}, "jerror.h": {"image"},
    "unicode/": {"text"}, "zlib.h": {"text", "checkpoint"},
    "openvino/": {"runtime"},
    "torch/": {"autograd"}, "ATen/": {"autograd"}, "c10/": {"autograd"},
    "usearch/": {"index"},
    "sqlite3.h": {"library"},
    "boost/": {"server"},
    "nlohmann/": {"hub", "text", "checkpoint", "heads", "models", "care", "qdrant", "evaluate", "train", "server"},
    "curl/": {"hub", "qdrant"}, "openssl/": {"hub", "report", "qdrant"},
    "CLI/": set(),
    "spdlog/": {"base"}, "xxhash.h": {"base"},
}

# Headers of a room's own that share a third-party type between its .cc files; no other room includes them.
INTERNAL = {"src/train/record_json.h", "src/text/tokenizer_json.h", "src/text/bpe_json.h", "src/text/golden_strings.h", "src/autograd/torch.h", "src/autograd/head_tensors.h", "src/runtime/quantization.h",
            "src/runtime/plugin_properties.h", "src/server/wire_json.h", "src/qdrant/ask.h", "src/qdrant/payload_json.h", "src/qdrant/point_json.h"}


def link_graph(build):
    with tempfile.TemporaryDirectory() as directory:
        dot = pathlib.Path(directory) / "graph.dot"
        subprocess.run(["cmake", f"--graphviz={dot}", str(build)], check=True, capture_output=True)
        text = dot.read_text()
    names = dict(re.findall(r'"(node\d+)" \[ label = "([^"\\]+)', text))
    edges = re.findall(r'"(node\d+)" -> "(node\d+)"', text)
    graph = {room: set() for room in ROOMS}
    for source, target in edges:
        a, b = (names.get(node, "").removeprefix("glimpse_") for node in (source, target))
        if a in graph and b in graph and names[source].startswith("glimpse_"):
            graph[a].add(b)
    return graph


def reachable(graph, room):
    seen, todo = set(), [room]
    while todo:
        for below in graph[todo.pop()] - seen:
            seen.add(below)
            todo.append(below)
    return seen


def problems(source, build):
    graph = link_graph(build)
    if not any(graph.values()):
        yield "the link graph is empty: cmake --graphviz changed its format?"
    for room, targets in graph.items():
        for target in targets:
            if ROOMS.index(target) >= ROOMS.index(room):
                yield f"room {room} links {target}, which is not below it"
    for path in sorted(source.glob("src/*/**/*")):
        if path.suffix not in (".h", ".cc"):
            continue
        room = path.relative_to(source / "src").parts[0]
        allowed = reachable(graph, room) | {room}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#include\s+[<"]([^>"]+)[>"]', line)
            if not found:
                continue
            header, where = found.group(1), f"{path.relative_to(source)}:{number}"
            top = header.split("/")[0]
            if "/" in header and top in ROOMS and top not in allowed:
                yield f"{where} includes {header}, but room {room} does not link {top}"
            for prefix, owners in THIRD_PARTY.items():
                if header.startswith(prefix):
                    if room not in owners:
                        yield f"{where} includes {header}: only {sorted(owners) or 'apps'} may"
                    elif path.suffix == ".h" and str(path.relative_to(source)) not in INTERNAL:
                        yield f"{where} includes {header}: third-party headers belong in .cc files"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
    print("\n".join(found) if found else "the layering holds")
    sys.exit(1 if found else 0)
