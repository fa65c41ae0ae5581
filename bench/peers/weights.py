"""Makes one CLIP ViT-B/32 with seeded weights in the layouts that the peers and we read: the same numbers in each.

    python bench/peers/weights.py DESTINATION MERGES

DESTINATION/hf: Hugging Face's (transformers and ours); open_clip.pt: open_clip's state_dict; image.onnx and
image-int8.onnx: the picture tower for onnxruntime, f32 and dynamically quantized. MERGES: bpe_simple_vocab_16e6.txt.gz,
from which the tokenizer's files are made. Speed does not depend on what a model has learnt.
"""

import gzip
import json
import pathlib
import sys

import torch
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

SEED = 0
MERGE_COUNT = 48894  # as CLIP uses of the file's


def byte_units():
    """The character that stands for each byte, in CLIP's order. Source: GPT-2's byte-level BPE."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [b for b in range(256) if b not in shown]
    return [chr(b) for b in shown] + [chr(256 + n) for n in range(len(hidden))]


def write_tokenizer(directory, merges_file):
    lines = gzip.open(merges_file, "rt", encoding="utf-8").read().split("\n")[1:MERGE_COUNT + 1]
    units = byte_units()
    tokens = units + [u + "</w>" for u in units] + ["".join(line.split()) for line in lines]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    (directory / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    (directory / "merges.txt").write_text("#version: 0.2\n" + "".join(line + "\n" for line in lines))
    (directory / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True, "pad_token": "<|endoftext|>",
        "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}))


def open_clip_tower(tensors, ours, theirs):
    """A tower's blocks: open_clip holds query, key and value in one matrix."""
    out = {}
    for i in range(sum(name.startswith(f"{ours}.encoder.layers.") and name.endswith(".layer_norm1.weight") for name in tensors)):
        here, there = f"{ours}.encoder.layers.{i}.", f"{theirs}transformer.resblocks.{i}."
        for kind in ("weight", "bias"):
            parts = [tensors[f"{here}self_attn.{p}_proj.{kind}"] for p in "qkv"]
            out[f"{there}attn.in_proj_{kind}"] = torch.cat(parts)
            for a, b in (("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
                         ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj")):
                out[f"{there}{b}.{kind}"] = tensors[f"{here}{a}.{kind}"]
    return out


def open_clip_state(tensors):
    out = {**open_clip_tower(tensors, "vision_model", "visual."), **open_clip_tower(tensors, "text_model", "")}
    for a, b in (("vision_model.embeddings.class_embedding", "visual.class_embedding"),
                 ("vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"),
                 ("vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
                 ("vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"),
                 ("vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"),
                 ("vision_model.post_layernorm.weight", "visual.ln_post.weight"),
                 ("vision_model.post_layernorm.bias", "visual.ln_post.bias"),
                 ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
                 ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
                 ("text_model.final_layer_norm.weight", "ln_final.weight"),
                 ("text_model.final_layer_norm.bias", "ln_final.bias"), ("logit_scale", "logit_scale")):
        out[b] = tensors[a]
    out["visual.proj"] = tensors["visual_projection.weight"].T
    out["text_projection"] = tensors["text_projection.weight"].T
    return {name: tensor.contiguous().clone() for name, tensor in out.items()}


class Pictures(torch.nn.Module):
    """The picture tower alone, to unit vectors."""

    def __init__(self, clip):
        super().__init__()
        self.clip = clip

    def forward(self, pixels):
        pooled = self.clip.vision_model(pixel_values=pixels).pooler_output
        return torch.nn.functional.normalize(self.clip.visual_projection(pooled), dim=-1)


def write_onnx(model, directory):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    batch = torch.export.Dim("batch", min=1, max=256)
    torch.onnx.export(Pictures(model).eval(), (torch.zeros(2, 3, 224, 224),), directory / "image.onnx", input_names=["pixels"],
                      output_names=["vectors"], dynamic_shapes=({0: batch},), external_data=False)
    quantize_dynamic(directory / "image.onnx", directory / "image-int8.onnx", weight_type=QuantType.QInt8,
                     op_types_to_quantize=["MatMul", "Gemm"], per_channel=True)


def main(destination, merges_file):
    directory = pathlib.Path(destination)
    hf = directory / "hf"
    hf.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    model = CLIPModel(CLIPConfig()).eval()
    model.save_pretrained(hf)
    CLIPImageProcessor().save_pretrained(hf)
    write_tokenizer(hf, merges_file)
    torch.save(open_clip_state(model.state_dict()), directory / "open_clip.pt")
    write_onnx(model, directory)
    (directory / "done").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
