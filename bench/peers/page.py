"""Writes docs/benchmarks/peers.md and peers.svg from what run.py measured."""

import cases
import chart
import ratios


def number(value):
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table_row(row, found):
    if found is None:
        return f"| {row.what} | {row.peer} | not available | | | {row.reach} |"
    return (f"| {row.what} | {row.peer} | {number(found.ours)} {row.unit} | {number(found.theirs)} {row.unit} | "
            f"**{number(found.ratio)} ×** ({number(found.least)}–{number(found.most)}) | {row.reach} |")


def table(names, results):
    yield "| what | against | ours | theirs | ratio (worst and best round) | reach |\n| --- | --- | ---: | ---: | ---: | --- |"
    for row in cases.rows(names):
        yield table_row(row, ratios.figures(row, results))


def efficiencies(names, results):
    for size, name in names.items():
        for precision in ("f32", "bf16", "int8"):
            found = ratios.efficiency(results, size, precision)
            if found is not None:
                yield f"| {name} | {precision} | {found:.2f} | {'≥ 0.9' if size == 'small' else ''} |"


def agreements(agreement):
    for precision, found in agreement.items():
        if "unavailable" in found:
            yield f"| {precision} | not available | |"
        else:
            yield f"| {precision} | {found['worst']:.6f} | {found['worst_centred']:.5f} |"


def missing(results):
    found = {key: ratios.reason(of_case) for key, of_case in results.items()}
    lines = [f"- {key}: {why}" for key, why in found.items() if why]
    return ["", "**Not available in this run:**", *lines] if lines else []


def conditions(facts):
    busy = max(facts["load_before"], facts["load_after"])
    versions = ", ".join(f"{name} {version or 'none'}" for name, version in facts["versions"].items())
    yield (f"{facts['processor']}, {facts['processors']} processors ({', '.join(facts['flags'])}); {facts['threads']} threads "
           f"and one process for everyone. {facts['glimpse']} at {facts['commit']}"
           + (f" {facts['changed']}" if facts["changed"] else "") + f"; {versions}.")
    yield (f"{facts['rounds']} rounds; {facts['counts']['small']} pictures of 640 × 480, {facts['counts']['large']} of 12 "
           f"megapixels. Load average {facts['load_before']:.1f} before and {facts['load_after']:.1f} after.")
    if facts.get("anew"):
        yield f"The cases that match `{facts['anew']['cases']}` were measured anew at {facts['anew']['commit']}."
    if facts["load_before"] > facts["threads"] or busy > facts["threads"] + 1:
        yield "\n> **The machine was busy with other work: these figures show that the command runs, no more.**"


ABOUT = """# Beside others
Written by `make bench-peers PICTURES=… TORCH=…` (`bench/peers/run.py`); nothing here is edited by hand. One seeded CLIP
ViT-B/32 in every layout, the same JPEGs, the same processors. Each figure is a process of its own, ours and theirs by turns;
a ratio compares the two figures of one round, and the median over the rounds is given. Above 1, ours is better."""

METHOD = """## How each is measured
- **Picture tower**: ready tensors to vectors. Peers in batches of 1, 8 and 16, the best counts; ours in batches of 8, one on
  each processor. onnxruntime runs torch's export with all optimizations, int8 by its dynamic quantization.
- **index**: from JPEG files to vectors. Peers read, prepare and embed batches of 16, warmed up by the first
  few; the vectors stay in memory. Ours is `glimpse index`: every vector is on disk at the end. Loading the model counts for
  nobody.
  Large JPEGs are shrunk while they are loaded, which peers do not do; with `--exact` every pixel is decoded, as by them.
- **Reference loop**: one picture at a time through CLIPProcessor and get_image_features in f32, then upserted into an
  in-memory Qdrant in batches of 64.
- **Five words to vector**: the median without the first tenth; ours in the precision that `auto` found on this machine, and
  in f32. `padded` is what the processor does
  when it is asked for the model's full length; open_clip always does.
- **A search in a fresh process**: whole processes, with the files in the system's cache. Ours is `glimpse search`; theirs
  loads the model, embeds the words and multiplies them with an array of vectors.
- **Memory**: peak resident, pages of mapped files included."""


def write(directory, facts, results, names):
    lines = [ABOUT, "", *conditions(facts), "", "![How many times as fast](peers.svg)", "", *table(names, results),
             *missing(results), "", f"**Indexing by bare tower**, ours; of 640 × 480 {facts['counts']['many']:,} pictures, for the bare "
             "tower has no beginning and no end:", "",
             "| pictures | precision | share | reach |\n| --- | --- | ---: | --- |", *efficiencies(names, results), "",
             "**The same vectors**: the worst cosine of ours to transformers' in f32, over 32 pictures; centred: what is left "
             "when the mean picture is subtracted.", "", "| precision | cosine | centred |\n| --- | ---: | ---: |",
             *agreements(facts["agreement"]), "", METHOD, ""]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "peers.md").write_text("\n".join(lines))
    bars = [(row.what, row.peer, ratios.figures(row, results)) for row in cases.rows(names)]
    (directory / "peers.svg").write_text(chart.draw([bar for bar in bars if bar[2]]))
