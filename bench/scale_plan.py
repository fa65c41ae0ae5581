"""Prints, as Markdown, what a collection of so many pictures needs: disk, memory, embedding time, query cost, price.

    python bench/scale_plan.py [--pictures 100e6] [--dimension 512] [--per-core 38.5] ...

Arithmetic alone: every rate and price is a flag, with the measured or assumed value that docs/scaling.md names as its
default. Standard library only.
"""

import argparse
import math

GIB = 2**30
HOUR = 3600.0


def flags():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--pictures", type=float, default=100e6)
    add("--dimension", type=int, default=512)
    # Embedding.
    add("--per-core", type=float, default=15.0, help="pictures/s of one core, from JPEG files to vectors")
    add("--picture-bytes", type=float, default=3e6, help="of one file, on average")
    add("--days", type=float, default=7, help="in which all pictures shall be embedded")
    # Disk and memory.
    add("--row-bytes", type=float, default=400, help="of library.sqlite a picture, beside its vector")
    add("--payload-bytes", type=float, default=500, help="of a point's payload with its indexes, in Qdrant")
    add("--links", type=int, default=16, help="M of HNSW: links of a vector on the upper layers, twice that on the lowest")
    add("--replicas", type=int, default=2)
    add("--node-memory-gib", type=float, default=64, help="of one Qdrant node")
    add("--headroom", type=float, default=0.3, help="share of a node's memory that stays free for the system and for growth")
    # Queries.
    add("--words-ms", type=float, default=7.2, help="of two cores: words to a vector")
    add("--queries", type=float, default=50, help="a second, at the busiest time")
    add("--shard-ms", type=float, default=2.5, help="of one core: a query in one shard; assumed, ours takes 0.7 at a million")
    # Prices, in any currency.
    add("--core-hour", type=float, default=0.04)
    add("--memory-gib-month", type=float, default=3.0)
    add("--disk-gib-month", type=float, default=0.10)
    return parser.parse_args()


def number(value):
    for limit, unit in ((1e9, " billion"), (1e6, " million")):
        if value >= limit:
            return f"{value / limit:g}{unit}"
    return f"{value:,.0f}"


def size(value):
    return f"{value / GIB:,.0f} GiB" if value < 10 * 1024 * GIB else f"{value / GIB / 1024:,.1f} TiB"


def embedding(at):
    seconds = at.pictures / at.per_core
    cores = math.ceil(seconds / (at.days * 24 * HOUR))
    rate = cores * at.per_core
    yield "embedding, core hours", f"{seconds / HOUR:,.0f}", "pictures ÷ pictures/s of a core"
    yield f"cores for {at.days:g} days", f"{cores:,}", f"{rate:,.0f} pictures/s in all"
    yield "reading for it", f"{rate * at.picture_bytes / 1e6:,.0f} MB/s", f"{at.picture_bytes / 1e6:g} MB a file"
    yield "price of embedding", f"{seconds / HOUR * at.core_hour:,.0f}", f"{at.core_hour:g} a core hour"


def truth(at):
    per_picture = 2 * at.dimension + at.row_bytes
    yield "libraries on disk, all machines together", size(at.pictures * per_picture), (
        f"{2 * at.dimension} bytes of f16 and {at.row_bytes:g} of rows a picture")


def sizes(at):
    """Bytes of Qdrant's parts, one replica of each, and the nodes that hold them."""
    parts = {
        "vectors": at.pictures * 4 * at.dimension,
        "quantized": at.pictures * at.dimension,
        # A vector has 2 M links of 4 bytes on the lowest layer and M on each of 1 / (M - 1) upper ones, on average.
        "graph": at.pictures * 4 * (2 * at.links + at.links / (at.links - 1)),
        "payload": at.pictures * at.payload_bytes,
    }
    usable = at.node_memory_gib * GIB * (1 - at.headroom)
    shards = math.ceil((parts["quantized"] + parts["graph"]) / usable)
    return parts, shards


def qdrant(at, parts, shards):
    memory = at.replicas * (parts["quantized"] + parts["graph"])
    disk = at.replicas * sum(parts.values())
    yield "Qdrant, disk", size(disk), f"{at.replicas} replicas of f32, i8, links, payload"
    yield "Qdrant, memory", size(memory), (
        f"of each replica i8 vectors ({size(parts['quantized'])}) and links ({size(parts['graph'])}); the rest stays on disk")
    yield f"nodes of {at.node_memory_gib:g} GiB", f"{shards * at.replicas}", (
        f"{shards} shards × {at.replicas} replicas, {at.headroom:.0%} of each node free")
    month = memory / GIB * at.memory_gib_month + disk / GIB * at.disk_gib_month
    yield "a month of Qdrant", f"{month:,.0f}", (
        f"{at.memory_gib_month:g} a GiB of memory, {at.disk_gib_month:g} a GiB of disk")


def queries(at, shards):
    words = 2 * at.words_ms / 1000
    graph = shards * at.shard_ms / 1000
    yield "a query, core milliseconds", f"{1000 * (words + graph):.1f}", (
        f"words {1000 * words:.1f}, {shards} shards {1000 * graph:.1f}")
    yield f"cores for {at.queries:g} queries/s", f"{math.ceil(at.queries * (words + graph) / 0.5)}", "half loaded"


def main():
    at = flags()
    parts, shards = sizes(at)
    print(f"| {number(at.pictures)} pictures of dimension {at.dimension} | | how |\n| --- | ---: | --- |")
    for what, value, how in [*embedding(at), *truth(at), *qdrant(at, parts, shards), *queries(at, shards)]:
        print(f"| {what} | {value} | {how} |")


if __name__ == "__main__":
    main()
