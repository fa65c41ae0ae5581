// A Hugging Face CLIP directory. One weights file holds both towers; each tower binds its own half, when its forward is
// built, and leaves the other half alone.
#include <cmath>
#include <mutex>

#include "base/file.h"
#include "models/clip.h"
#include "models/fingerprint.h"
#include "models/preprocess_config.h"

namespace glimpse::models {
namespace {

using checkpoint::Checkpoint;
using nn::Value;
namespace fs = std::filesystem;

const std::vector<std::string> kOutsideVision = {"text_model.*", "text_projection.weight", "logit_scale",
                                                 "vision_model.embeddings.position_ids"};
const std::vector<std::string> kOutsideText = {"vision_model.*", "visual_projection.weight", "logit_scale",
                                               "text_model.embeddings.position_ids"};

class Clip final : public DualEncoder {
 public:
  Clip(ModelInfo info, image::PreprocessSpec preprocess, ClipConfig config, fs::path directory, fs::path weights,
       fs::path params)
      : DualEncoder(std::move(info), preprocess),
        config_(config),
        directory_(std::move(directory)),
        weights_(std::move(weights)),
        params_(std::move(params)) {}

  int context_length() const override { return static_cast<int>(config_.text.context_length); }
  int vocabulary_size() const override { return static_cast<int>(config_.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_,
                               text::load_clip_bpe(directory_, static_cast<int>(config_.text.context_length)));
    }
    return tokenizer_;
  }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, bind(vision_tensor_specs(config_), kOutsideVision));
    g.retain(weights);
    return ClipVision(config_.vision, *weights).forward(g, pixels);
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, bind(text_tensor_specs(config_), kOutsideText));
    g.retain(weights);
    return ClipText(config_.text, *weights).forward(g, input.ids);  // causal: padding needs no mask
  }

 private:
  Result<std::shared_ptr<const checkpoint::Weights>> bind(const std::vector<checkpoint::TensorSpec>& specs,
                                                          const std::vector<std::string>& ignore) const {
    GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const Checkpoint> base, checkpoint::open(weights_));
    std::shared_ptr<const Checkpoint> overlay;
    if (!params_.empty()) {
      GLIMPSE_ASSIGN_OR_RETURN(overlay, checkpoint::open(params_));
    }
    GLIMPSE_ASSIGN_OR_RETURN(auto weights,
                             checkpoint::bind(specs, std::move(base), std::move(overlay), {.ignore = ignore}));
    return std::make_shared<const checkpoint::Weights>(std::move(weights));
  }

  ClipConfig config_;
  fs::path directory_, weights_, params_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

Result<fs::path> weights_in(const fs::path& directory) {
  for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
    if (fs::exists(directory / name)) return directory / name;
  }
  return Error::not_found("{}: expected model.safetensors or pytorch_model.bin; is the download complete?",
                          display(directory));
}

/// exp of the trained `logit_scale`, the fine-tuned one if there is one.
Result<float> logit_scale(const fs::path& weights, const fs::path& params) {
  for (const fs::path& file : {params, weights}) {
    if (file.empty()) continue;
    GLIMPSE_ASSIGN_OR_RETURN(const auto opened, checkpoint::open(file));
    const checkpoint::TensorView* tensor = opened->find("logit_scale");
    if (tensor == nullptr) continue;
    if (checkpoint::element_count(tensor->shape) != 1) {
      return Error::corruption("{}: tensor 'logit_scale': expected one number, got {}", display(file),
                               checkpoint::to_string(tensor->shape));
    }
    const float scale = std::exp(checkpoint::to_f32(*tensor)[0]);
    if (!std::isfinite(scale)) return Error::corruption("{}: tensor 'logit_scale' is not finite", display(file));
    return scale;
  }
  return Error::corruption("{}: tensor 'logit_scale' is missing", display(weights));
}

Result<image::PreprocessSpec> preprocessing(const fs::path& directory, const ClipConfig& config) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "preprocessor_config.json"));
  const image::PreprocessSpec spec = read_preprocessor(reader, static_cast<int>(config.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  return spec;
}

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_clip(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "config.json"));
  const ClipConfig config = read_clip(reader);
  const std::string name = reader.text("_name_or_path", "");
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(const image::PreprocessSpec preprocess, preprocessing(directory, config));
  GLIMPSE_ASSIGN_OR_RETURN(fs::path weights, weights_in(directory));

  std::vector<FingerprintPart> parts = {{"configuration", directory / "config.json"},
                                        {"preprocessing", directory / "preprocessor_config.json"},
                                        {"weights", weights}};
  for (const char* file : {"tokenizer.json", "vocab.json", "merges.txt"}) {
    if (fs::exists(directory / file)) parts.push_back({file, directory / file});
  }
  if (!options.params_path.empty()) parts.push_back({"parameters", options.params_path});
  ModelInfo info{.name = name.empty() ? fs::absolute(directory).lexically_normal().filename().string() : name,
                 .family = "clip",
                 .embedding_dimension = static_cast<int>(config.projection_dim),
                 .logit_scale = 1,
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.logit_scale, logit_scale(weights, options.params_path));
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts, options.cache_dir));
  return std::make_unique<Clip>(std::move(info), preprocess, config, directory, std::move(weights),
                                options.params_path);
}

}  // namespace glimpse::models
