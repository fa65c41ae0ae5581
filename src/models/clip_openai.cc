// OpenAI's own release: one TorchScript archive, with neither configuration nor tokenizer beside it. The shapes of its
// tensors say what the model is, as in OpenAI's build_model(); the merges are the same for all of them.
// Source: Radford et al. 2021; CLIP's model.py (build_model) and clip.py (_transform).
#include <fmt/format.h>

#include <cmath>

#include "base/file.h"
#include "models/clip_files.h"

namespace glimpse::models {
namespace {

using checkpoint::Checkpoint;

constexpr std::int64_t kHeadWidth = 64;
constexpr std::int64_t kFeedForwardRatio = 4;

/// The shapes of a file's tensors, asked for by name; what is missing or odd is remembered.
class Shapes {
 public:
  explicit Shapes(const Checkpoint& file) : file_(file) {}

  std::int64_t axis(const std::string& name, std::size_t axis) {
    const checkpoint::TensorView* tensor = file_.find(name);
    if (tensor != nullptr && axis < tensor->shape.size() && tensor->shape[axis] > 0) return tensor->shape[axis];
    problems_ += fmt::format("\n  '{}' is {}", name, tensor == nullptr ? "missing" : "of another shape");
    return 1;
  }

  /// How many blocks there are under `prefix`: 0, 1, 2 … without a gap.
  std::int64_t blocks(const std::string& prefix) const {
    std::int64_t count = 0;
    while (file_.find(fmt::format("{}.{}.ln_1.weight", prefix, count)) != nullptr) ++count;
    return count;
  }

  Result<void> check() const {
    if (problems_.empty()) return {};
    return Error::unsupported("{}: expected the tensors of OpenAI's CLIP with a vision transformer:{}",
                              display(file_.path()), problems_);
  }

 private:
  const Checkpoint& file_;
  std::string problems_;
};

Result<ClipConfig> config_of(const Checkpoint& file) {
  if (file.find("visual.layer1.0.conv1.weight") != nullptr) {
    return Error::unsupported(
        "{}: its picture tower is a ResNet, and only vision transformers are supported: take "
        "ViT-B/32, ViT-B/16 or ViT-L/14",
        display(file.path()));
  }
  Shapes shapes(file);
  ClipConfig c;
  c.vision.hidden_size = shapes.axis("visual.conv1.weight", 0);
  c.vision.patch_size = shapes.axis("visual.conv1.weight", 2);
  const auto patches = static_cast<double>(shapes.axis("visual.positional_embedding", 0) - 1);
  c.vision.image_size = c.vision.patch_size * static_cast<std::int64_t>(std::lround(std::sqrt(patches)));
  c.vision.layers = shapes.blocks("visual.transformer.resblocks");
  c.text.hidden_size = shapes.axis("ln_final.weight", 0);
  c.text.layers = shapes.blocks("transformer.resblocks");
  c.text.vocabulary_size = shapes.axis("token_embedding.weight", 0);
  c.text.context_length = shapes.axis("positional_embedding", 0);
  c.projection_dim = shapes.axis("text_projection", 1);
  for (TransformerConfig* tower :
       {static_cast<TransformerConfig*>(&c.vision), static_cast<TransformerConfig*>(&c.text)}) {
    tower->heads = std::max<std::int64_t>(tower->hidden_size / kHeadWidth, 1);
    tower->intermediate_size = tower->hidden_size * kFeedForwardRatio;
  }
  GLIMPSE_RETURN_IF_ERROR(shapes.check());
  return c;
}

image::PreprocessSpec preprocess_for(const ClipConfig& config) {
  const int size = static_cast<int>(config.vision.image_size);
  return {.mode = image::ResizeMode::kShortestEdgeCenterCrop,
          .filter = image::ResizeFilter::kBicubic,
          .crop_start = image::CropStart::kNearest,
          .resize_size = size,
          .crop_size = size,
          .mean = {0.48145466f, 0.4578275f, 0.40821073f},
          .stddev = {0.26862954f, 0.26130258f, 0.27577711f}};
}

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_openai_clip(const std::filesystem::path& archive,
                                                      const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto opened, checkpoint::open(archive));
  GLIMPSE_ASSIGN_OR_RETURN(const ClipConfig config, config_of(*opened));
  GLIMPSE_ASSIGN_OR_RETURN(const auto merges, find_merges(archive.parent_path(), options));
  return make_clip({.name = archive.stem().string(),
                    .config = config,
                    .preprocess = preprocess_for(config),
                    .weights = WeightsFile(archive, options.params_path),
                    .tokenizer = merges,
                    .parts = {{"weights", archive}}},
                   options);
}

}  // namespace glimpse::models
