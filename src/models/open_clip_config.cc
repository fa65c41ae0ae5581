#include "models/open_clip_config.h"

#include <fmt/format.h>

#include <cmath>

namespace glimpse::models {
namespace {

constexpr Range kWidths = {1, 16384};

void read_heads(ConfigReader& config, const std::string& tower, TransformerConfig& c) {
  if (config.has(tower + ".heads")) {
    c.heads = config.integer(tower + ".heads", {1, 1024});
  } else {
    c.heads = c.hidden_size / config.integer(tower + ".head_width", kWidths, 64);
  }
  if (c.heads >= 1 && c.hidden_size % c.heads == 0) return;
  config.problem(
      fmt::format("'{}.width': expected a multiple of the number of heads {}, got {}", tower, c.heads, c.hidden_size));
  c.heads = 1;
}

nn::Activation activation_of(ConfigReader& config, const std::string& tower) {
  if (config.boolean("model_cfg.quick_gelu", false)) return nn::Activation::kQuickGelu;
  const std::string approximate = config.text(tower + ".act_kwargs.approximate", "none");
  if (approximate == "tanh") return nn::Activation::kGeluTanh;
  if (approximate != "none") {
    config.problem(fmt::format("'{}.act_kwargs.approximate': expected tanh or none, got \"{}\"", tower, approximate));
  }
  return nn::Activation::kGelu;
}

void copy(const std::vector<float>& from, std::array<float, 3>& to) { std::copy_n(from.begin(), 3, to.begin()); }

}  // namespace

void expect_text(ConfigReader& config, const std::string& key, const std::string& expected) {
  const std::string found = config.text(key, expected);
  if (found != expected)
    config.problem(fmt::format("'{}': only \"{}\" is supported, got \"{}\"", key, expected, found));
}

void expect_flag(ConfigReader& config, const std::string& key, bool expected) {
  if (config.boolean(key, false) != expected) {
    config.problem(fmt::format("'{}': only {} is supported", key, expected));
  }
}

void refuse_other_towers(ConfigReader& config) {
  const std::string timm = config.text("model_cfg.vision_cfg.timm_model_name", "");
  if (!timm.empty()) {
    config.problem(fmt::format(
        "'model_cfg.vision_cfg.timm_model_name': the picture tower is timm's '{}' (MobileCLIP, SigLIP in open_clip's "
        "form, ConvNeXt, EVA …), and only open_clip's own vision transformers are supported here",
        timm));
  }
  const std::string hugging_face = config.text("model_cfg.text_cfg.hf_model_name", "");
  if (!hugging_face.empty()) {
    config.problem(
        fmt::format("'model_cfg.text_cfg.hf_model_name': the words' tower is Hugging Face's '{}', and only "
                    "open_clip's own is supported here",
                    hugging_face));
  }
  const std::string tokenizer = config.text("model_cfg.text_cfg.hf_tokenizer_name", "");
  if (!tokenizer.empty() && hugging_face.empty()) {
    config.problem(
        fmt::format("'model_cfg.text_cfg.hf_tokenizer_name': the words are cut by '{}' (CLIPA, MetaCLIP 2, SigLIP in "
                    "open_clip's form …), and only CLIP's own tokenizer is supported here",
                    tokenizer));
  }
  for (const std::string tower : {"model_cfg.vision_cfg.", "model_cfg.text_cfg."}) {
    for (const char* key : {"qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn",
                            "scale_fc", "final_ln_after_pool"}) {
      expect_flag(config, tower + key, false);
    }
    for (const char* key : {"ls_init_value", "block_type"}) {
      if (config.has(tower + key)) config.problem(fmt::format("'{}{}': only null is supported", tower, key));
    }
  }
  const bool coca = config.has("model_cfg.multimodal_cfg");
  expect_flag(config, "model_cfg.vision_cfg.attentional_pool", coca);
  expect_flag(config, "model_cfg.text_cfg.embed_cls", coca);
  expect_flag(config, "model_cfg.vision_cfg.no_ln_pre", false);
  expect_text(config, "model_cfg.vision_cfg.pos_embed_type", "learnable");
  expect_text(config, "model_cfg.vision_cfg.pool_type", "tok");
  expect_text(config, "model_cfg.text_cfg.pool_type", "argmax");
  expect_text(config, "model_cfg.text_cfg.proj_type", "linear");
  for (const char* key : {"no_causal_mask", "proj_bias"}) {
    expect_flag(config, std::string("model_cfg.text_cfg.") + key, false);
  }
}

void read_open_clip_tower(ConfigReader& config, const std::string& tower, TransformerConfig& c) {
  if (config.is_list(tower + ".layers")) {
    config.problem(
        fmt::format("'{}.layers': a list, so the tower is a ResNet, and only vision transformers are "
                    "supported",
                    tower));
    return;
  }
  c.layers = config.integer(tower + ".layers", {1, 256}, 12);
  c.hidden_size = config.integer(tower + ".width", kWidths, tower.ends_with("text_cfg") ? 512 : 768);
  read_heads(config, tower, c);
  const double ratio = config.number(tower + ".mlp_ratio", {0.01, 64}, 4.0);
  c.intermediate_size = static_cast<std::int64_t>(static_cast<double>(c.hidden_size) * ratio);
  c.layer_norm_epsilon = static_cast<float>(config.number(tower + ".norm_kwargs.eps", {0, 1}, 1e-5));
  c.activation = activation_of(config, tower);
}

void read_open_clip_picture(ConfigReader& config, ClipVisionConfig& c) {
  const std::string tower = "model_cfg.vision_cfg.";
  c.image_size = config.integer(tower + "image_size", {1, 2048}, 224);
  c.patch_size = config.integer(tower + "patch_size", {1, 2048}, 16);
  if (c.image_size % c.patch_size != 0) {
    config.problem(
        fmt::format("'{}image_size': expected a multiple of patch_size {}, got {}", tower, c.patch_size, c.image_size));
  }
}

image::PreprocessSpec read_open_clip_preprocess(ConfigReader& config, int image_size) {
  image::PreprocessSpec spec{
      .crop_start = image::CropStart::kNearest, .resize_size = image_size, .crop_size = image_size};
  const std::string mode = config.text("preprocess_cfg.resize_mode", "shortest");
  if (mode == "squash") {
    spec.mode = image::ResizeMode::kSquash;
  } else if (mode != "shortest") {
    config.problem(fmt::format("'preprocess_cfg.resize_mode': expected shortest or squash, got \"{}\"", mode));
  }
  const bool bilinear = config.text("preprocess_cfg.interpolation", "bicubic") == "bilinear";
  spec.filter = bilinear ? image::ResizeFilter::kBilinear : image::ResizeFilter::kBicubic;
  copy(config.numbers("preprocess_cfg.mean", 3, {0.48145466f, 0.4578275f, 0.40821073f}), spec.mean);
  copy(config.numbers("preprocess_cfg.std", 3, {0.26862954f, 0.26130258f, 0.27577711f}), spec.stddev);
  for (const float s : spec.stddev) {
    if (!(s > 1e-6f)) config.problem(fmt::format("'preprocess_cfg.std': expected positive numbers, got {}", s));
  }
  return spec;
}

}  // namespace glimpse::models
