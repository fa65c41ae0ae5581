"""What is measured (cases: one process each) and what is compared (rows of the table)."""

import dataclasses
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Case:
    """One process. `read` takes its standard output and gives the figure; none: the process's whole time in ms."""
    key: str
    command: tuple
    read: object = None
    fresh_library: bool = False  # GLIMPSE_LIBRARY is an empty directory of its own


@dataclasses.dataclass(frozen=True)
class Row:
    """A figure of ours beside theirs. measure: "value" (what the case read), or "memory" (peak resident, MiB).
    Of some figures more is better, of others less; the ratio always says how many times better ours is."""
    what: str
    ours: str
    theirs: str
    peer: str
    unit: str
    measure: str = "value"
    more_is_better: bool = True
    reach: str = ""


def value(key):
    return lambda output: json.loads(output.splitlines()[-1])[key]


def pictures_per_second(output):
    report = json.loads(output)
    return report["embedded"] / (report["seconds"] - report["loading_seconds"])


def ours(setup):
    """Cases of glimpse."""
    hf, threads = setup.model / "hf", str(setup.threads)

    def index(key, folder, precision, *more):
        return Case(key, (setup.glimpse, "index", folder, "--model", hf, "--precision", precision, "--threads",
                          threads, "--json", "--quiet", *more), pictures_per_second, fresh_library=True)
    for precision in ("f32", "bf16", "int8"):
        yield Case(f"ours tower {precision}", (setup.bin / "bare_tower", hf, str(setup.seconds), precision, threads),
                   value("images_per_second"))
        for size, folder in {**setup.pictures, "many": setup.many}.items():
            yield index(f"ours index {size} {precision}", folder, precision)
    for size, folder in setup.pictures.items():
        yield index(f"ours index {size} exact", folder, "f32", "--exact")
    yield Case("ours query", (setup.bin / "warm_query", hf, setup.phrases, threads), value("value"))
    yield Case("ours query f32", (setup.bin / "warm_query", hf, setup.phrases, threads, "f32"), value("value"))
    yield Case("ours cold", (setup.glimpse, "search", "black dog", "--threads", threads, "--json"))


def theirs(setup):
    """Cases of the peers."""
    def case(key, script, *arguments):
        return Case(key, (setup.python, HERE / script, *arguments, "--model", setup.model, "--threads", str(setup.threads),
                          "--seconds", str(setup.seconds)), None if "cold" in arguments else value("value"))
    for precision in ("f32", "bf16"):
        yield case(f"transformers tower {precision}", "transformers_peer.py", "tower", "--precision", precision)
        yield case(f"open_clip tower {precision}", "open_clip_peer.py", "tower", "--precision", precision)
    for precision in ("f32", "int8"):
        yield case(f"onnxruntime tower {precision}", "onnxruntime_peer.py", "tower", "--precision", precision)
    for size, folder in setup.pictures.items():
        for variant in ("pil", "torchvision"):
            yield case(f"transformers index {size} {variant}", "transformers_peer.py", "index", "--pictures", folder,
                       "--variant", variant)
        yield case(f"transformers index {size} bf16", "transformers_peer.py", "index", "--pictures", folder, "--variant",
                   "torchvision", "--precision", "bf16")
        yield case(f"open_clip index {size}", "open_clip_peer.py", "index", "--pictures", folder)
        yield case(f"reference index {size}", "reference_loop.py", "index", "--pictures", folder)
    for variant in ("padded", "single"):
        yield case(f"transformers query {variant}", "transformers_peer.py", "query", "--phrases", setup.phrases, "--variant",
                   variant)
    yield case("open_clip query", "open_clip_peer.py", "query", "--phrases", setup.phrases)
    yield case("transformers cold", "transformers_peer.py", "cold", "--vectors", setup.vectors)


def interleaved(setup):
    """Ours and theirs by turns, so that a machine whose speed wanders wanders for both."""
    mine, others = list(ours(setup)), list(theirs(setup))
    for i in range(max(len(mine), len(others))):
        yield from others[i:i + 1]
        yield from mine[i:i + 1]


def goal_rows():
    """What was promised: end to end from JPEG files beside a peer that is handed ready tensors, and the like."""
    ready = "onnxruntime, f32, ready tensors"
    yield Row("index 640 × 480, int8", "ours index small int8", "onnxruntime tower f32", ready, "pictures/s", reach="≥ 3.0 ×")
    yield Row("index 640 × 480, bf16", "ours index small bf16", "onnxruntime tower f32", ready, "pictures/s", reach="≥ 1.6 ×")
    yield Row("index 12 megapixels, int8", "ours index large int8", "transformers index large pil", "transformers, PIL, f32",
              "pictures/s", reach="≥ 4 ×")


def tower_rows():
    for peer in ("onnxruntime", "transformers", "open_clip"):
        yield Row("picture tower, f32", "ours tower f32", f"{peer} tower f32", peer, "pictures/s")
    for peer in ("transformers", "open_clip"):
        yield Row("picture tower, bf16", "ours tower bf16", f"{peer} tower bf16", peer, "pictures/s")
    yield Row("picture tower, int8", "ours tower int8", "onnxruntime tower int8", "onnxruntime, dynamic", "pictures/s")


def index_rows(size, name):
    def row(precision, key, peer):
        return Row(f"index {name}, {precision}", f"ours index {size} {precision}", f"{key}", peer, "pictures/s")
    yield row("f32", f"transformers index {size} pil", "transformers, PIL")
    yield dataclasses.replace(row("exact", f"transformers index {size} pil", "transformers, PIL"),
                              what=f"index {name}, f32, --exact")
    yield row("f32", f"transformers index {size} torchvision", "transformers, torchvision")
    yield row("f32", f"open_clip index {size}", "open_clip")
    yield row("f32", f"reference index {size}", "reference loop, f32")
    yield row("bf16", f"transformers index {size} bf16", "transformers, torchvision, bf16")
    yield row("bf16", f"reference index {size}", "reference loop, f32")
    yield row("int8", f"reference index {size}", "reference loop, f32")


def query_rows():
    for key, peer in (("transformers query padded", "transformers, padded to 77"),
                      ("transformers query single", "transformers, one sentence"), ("open_clip query", "open_clip")):
        yield Row("five words to vector, warm", "ours query", key, peer, "ms", more_is_better=False,
                  reach="≥ 8 ×" if "padded" in key else "")
        yield Row("five words to vector, warm, f32", "ours query f32", key, peer, "ms", more_is_better=False)
    yield Row("one search in a fresh process", "ours cold", "transformers cold", "transformers", "ms", more_is_better=False,
              reach="≤ 500 ms")


def memory_rows():
    for precision in ("f32", "bf16", "int8"):
        yield Row(f"peak memory while indexing, {precision}", f"ours index small {precision}",
                  "transformers index small torchvision", "transformers, f32", "MiB", "memory", False, "≤ 1,200 MiB")


def rows(names):
    """names: of the sets of pictures, by their key."""
    yield from goal_rows()
    yield from tower_rows()
    for size, name in names.items():
        yield from index_rows(size, name)
    yield from query_rows()
    yield from memory_rows()
