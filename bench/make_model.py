"""Makes CLIP ViT-B/32 as Hugging Face publishes it, of its real size, with weights that mean nothing: what speed and
memory are measured with where no network is.

    python bench/make_model.py DIRECTORY [MERGES]

MERGES: bpe_simple_vocab_16e6.txt.gz; by default the one of the build. Deterministic; 606 MB; standard library only.
"""

import array
import gzip
import json
import pathlib
import random
import shutil
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = ROOT / "tests/data/models/full-clip"
PATTERN = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def layer_shapes(prefix, width, inner, layers):
    for i in range(layers):
        at = f"{prefix}.encoder.layers.{i}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{at}.self_attn.{name}.weight", (width, width)
            yield f"{at}.self_attn.{name}.bias", (width,)
        for name, rows, columns in (("fc1", inner, width), ("fc2", width, inner)):
            yield f"{at}.mlp.{name}.weight", (rows, columns)
            yield f"{at}.mlp.{name}.bias", (rows,)
        for name in ("layer_norm1", "layer_norm2"):
            yield from norm_shapes(f"{at}.{name}", width)


def norm_shapes(name, width):
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def shapes(config):
    text, vision, joint = config["text_config"], config["vision_config"], config["projection_dim"]
    patches = (vision["image_size"] // vision["patch_size"]) ** 2
    yield "logit_scale", ()
    yield "text_model.embeddings.token_embedding.weight", (text["vocab_size"], text["hidden_size"])
    yield "text_model.embeddings.position_embedding.weight", (text["max_position_embeddings"], text["hidden_size"])
    yield from layer_shapes("text_model", text["hidden_size"], text["intermediate_size"], text["num_hidden_layers"])
    yield from norm_shapes("text_model.final_layer_norm", text["hidden_size"])
    yield "text_projection.weight", (joint, text["hidden_size"])
    yield "vision_model.embeddings.class_embedding", (vision["hidden_size"],)
    yield "vision_model.embeddings.patch_embedding.weight", (vision["hidden_size"], 3, vision["patch_size"], vision["patch_size"])
    yield "vision_model.embeddings.position_embedding.weight", (patches + 1, vision["hidden_size"])
    yield from norm_shapes("vision_model.pre_layrnorm", vision["hidden_size"])
    yield from layer_shapes("vision_model", vision["hidden_size"], vision["intermediate_size"], vision["num_hidden_layers"])
    yield from norm_shapes("vision_model.post_layernorm", vision["hidden_size"])
    yield "visual_projection.weight", (joint, vision["hidden_size"])


def count(shape):
    product = 1
    for side in shape:
        product *= side
    return product


class Numbers:
    """Numbers between -scale and scale; each tensor reads the same million from a place of its own."""

    def __init__(self):
        dice = random.Random(0)
        self.unit = [dice.uniform(-1, 1) for _ in range(1 << 20)]
        self.scaled = {}
        self.dice = dice

    def of(self, name, shape):
        if name == "logit_scale":
            return struct.pack("<f", 4.6052)
        if "norm" in name or "layrnorm" in name:
            return array.array("f", [float(name.endswith("weight"))] * count(shape)).tobytes()
        scale = 0.02 if name.endswith("bias") or "embeddings" in name else (3 / (count(shape) // shape[0])) ** 0.5
        if scale not in self.scaled:
            self.scaled[scale] = array.array("f", [x * scale for x in self.unit]).tobytes()
        table, size = self.scaled[scale], 4 * count(shape)
        begin = 4 * self.dice.randrange(len(self.unit))
        return (table[begin:] + table * (size // len(table) + 1))[:size]


def write_weights(config, path):
    header, offset, tensors = {}, 0, list(shapes(config))
    for name, shape in tensors:
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * count(shape)]}
        offset += 4 * count(shape)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    numbers = Numbers()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors:
            file.write(numbers.of(name, shape))


def byte_symbols():
    """GPT-2's printable stand-ins of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def write_tokenizer(merges_file, directory):
    lines = gzip.open(merges_file, "rt", encoding="utf-8").read().split("\n")
    merges = lines[1:49152 - 256 - 2 + 1]
    symbols = byte_symbols()
    tokens = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    start, end = len(tokens) - 2, len(tokens) - 1
    added = [{"id": i, "content": tokens[i], "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": i == start, "special": True} for i in (start, end)]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", end], "cls": ["<|startoftext|>", start],
                           "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary,
                  "merges": merges}}
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, indent=1), encoding="utf-8")
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (directory / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")


def main(directory, merges=ROOT / "build/share/glimpse/bpe_simple_vocab_16e6.txt.gz"):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "preprocessor_config.json"):
        shutil.copy(FILES / name, directory)
    write_tokenizer(merges, directory)
    write_weights(json.loads((FILES / "config.json").read_text()), directory / "model.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
