// A Hugging Face SigLIP directory: config.json, preprocessor_config.json, weights, a SentencePiece model or a
// tokenizer.json.
#include <array>
#include <mutex>

#include "models/clip_files.h"
#include "models/preprocess_config.h"
#include "models/siglip.h"

namespace glimpse::models {
namespace {

using nn::Value;
namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kTokenizer = {"spiece.model", "tokenizer.json", "tokenizer.model",
                                                   "tokenizer_config.json"};
const std::vector<std::string> kOutsideVision = {"text_model.*", "logit_scale", "logit_bias",
                                                 "vision_model.embeddings.position_ids"};
const std::vector<std::string> kOutsideText = {"vision_model.*", "logit_scale", "logit_bias",
                                               "text_model.embeddings.position_ids"};

class Siglip final : public DualEncoder {
 public:
  Siglip(ModelInfo info, image::PreprocessSpec preprocess, SiglipConfig config, WeightsFile weights, fs::path directory)
      : DualEncoder(std::move(info), preprocess),
        config_(std::move(config)),
        weights_(std::move(weights)),
        directory_(std::move(directory)) {}

  int context_length() const override { return static_cast<int>(config_.text.context_length); }
  int vocabulary_size() const override { return static_cast<int>(config_.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_, text::load_sentence_piece(directory_, context_length()));
    }
    return tokenizer_;
  }

  WeightFiles weight_files() const override { return {.params = weights_.params(), .own = {weights_.file()}}; }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, weights_.bind(siglip_vision_specs(config_), kOutsideVision));
    g.retain(weights);
    return SiglipVision(config_.vision, *weights).forward(g, pixels);
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, weights_.bind(siglip_text_specs(config_), kOutsideText));
    g.retain(weights);
    return SiglipText(config_.text, *weights).forward(g, input.ids);
  }

 private:
  SiglipConfig config_;
  WeightsFile weights_;
  fs::path directory_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_siglip(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "config.json"));
  SiglipConfig config = read_siglip(reader);
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader processor, ConfigReader::open(directory / "preprocessor_config.json"));
  const auto preprocess = read_preprocessor(processor, static_cast<int>(config.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(processor.check());
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, WeightsFile::find(directory, kHuggingFaceWeights));
  WeightsFile weights(path, options.params_path);
  std::vector<FingerprintPart> parts = {{"configuration", directory / "config.json"},
                                        {"preprocessing", directory / "preprocessor_config.json"}};
  GLIMPSE_RETURN_IF_ERROR(add_weights(parts, path));
  for (const char* file : kTokenizer) {
    if (fs::exists(directory / file)) parts.push_back({file, directory / file});
  }
  if (!options.params_path.empty()) parts.push_back({"parameters", options.params_path});
  ModelInfo info{.name = name_of(directory),
                 .family = "siglip",
                 .embedding_dimension = static_cast<int>(config.vision.hidden_size),
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.logit_scale, weights.logit_scale());
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts, options.cache_dir));
  return std::make_unique<Siglip>(std::move(info), preprocess, std::move(config), std::move(weights), directory);
}

}  // namespace glimpse::models
