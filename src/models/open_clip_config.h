#pragma once

#include <array>

#include "image/preprocess.h"
#include "models/clip.h"
#include "models/config_reader.h"

// Internal to this room: the parts of an open_clip_config.json that open_clip's families share.
namespace glimpse::models {

inline constexpr std::array<const char*, 4> kOpenClipWeights = {
    "open_clip_model.safetensors", "model.safetensors", "open_clip_pytorch_model.bin", "open_clip_pytorch_model.pt"};

/// A tower's size, activation and epsilon. `tower`: "model_cfg.vision_cfg".
void read_open_clip_tower(ConfigReader& config, const std::string& tower, TransformerConfig& c);
/// image_size and patch_size.
void read_open_clip_picture(ConfigReader& config, ClipVisionConfig& c);
/// preprocess_cfg: mean, std, interpolation, resize_mode ("shortest" or "squash").
image::PreprocessSpec read_open_clip_preprocess(ConfigReader& config, int image_size);

/// Problems for what no family of ours has: towers of other libraries (timm, Hugging Face), and switches of open_clip's
/// blocks that would change what they compute.
void refuse_other_towers(ConfigReader& config);
/// A problem unless the key is absent or says `expected`.
void expect_text(ConfigReader& config, const std::string& key, const std::string& expected);
/// A problem unless the key says `expected`; absent, it says false.
void expect_flag(ConfigReader& config, const std::string& key, bool expected);

}  // namespace glimpse::models
