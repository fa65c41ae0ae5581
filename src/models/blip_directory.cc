// A Hugging Face directory of a BLIP: config.json, preprocessor_config.json, weights, BERT's tokenizer. The tokenizer
// does not know the last two ids, [DEC] and [ENC], which nobody can write.
#include <array>
#include <mutex>

#include "models/blip.h"
#include "models/clip_files.h"
#include "models/preprocess_config.h"

namespace glimpse::models {
namespace {

using nn::Value;
namespace fs = std::filesystem;

constexpr std::array<const char*, 2> kWeights = {"model.safetensors", "pytorch_model.bin"};
constexpr std::array<const char*, 3> kTokenizer = {"tokenizer.json", "vocab.txt", "tokenizer_config.json"};

/// The class token of each row: [rows, width].
Value first_token(nn::Graph& g, Value x) { return g.reshape(g.slice(x, 1, 0, 1), {0, -1}); }

/// BlipForImageTextRetrieval: embeddings of pictures and sentences.
class BlipRetrieval final : public DualEncoder {
 public:
  BlipRetrieval(ModelInfo info, image::PreprocessSpec preprocess, BlipConfig config, WeightsFile weights,
                fs::path directory)
      : DualEncoder(std::move(info), preprocess),
        config_(std::move(config)),
        weights_(std::move(weights)),
        directory_(std::move(directory)) {}

  int context_length() const override { return static_cast<int>(config_.text.max_positions); }
  int vocabulary_size() const override { return static_cast<int>(config_.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_, text::load_word_piece(directory_, context_length()));
    }
    return tokenizer_;
  }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights,
                             bind({blip_vision_specs(config_), blip_head_specs(config_)}, {kBlipEncoder + ".*"}));
    g.retain(weights);
    const Value seen = BlipVision(config_.vision, *weights).forward(g, pixels);
    return g.l2_normalize(nn::Linear::named(*weights, "vision_proj")(g, first_token(g, seen)));
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights,
                             bind({blip_text_specs(config_, kBlipEncoder), blip_head_specs(config_)},
                                  {"vision_model.*", kBlipEncoder + ".embeddings.position_ids"}));
    g.retain(weights);
    nn::AttentionOptions attention;
    if (input.mask) attention.mask = hide_padding(g, *input.mask);
    const Value read = BlipText(config_.text, *weights, kBlipEncoder).forward(g, input.ids, std::nullopt, attention);
    return g.l2_normalize(nn::Linear::named(*weights, "text_proj")(g, first_token(g, read)));
  }

 private:
  Result<std::shared_ptr<const checkpoint::Weights>> bind(std::vector<std::vector<checkpoint::TensorSpec>> parts,
                                                          const std::vector<std::string>& outside) const {
    std::vector<checkpoint::TensorSpec> specs;
    for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(specs));
    return weights_.bind(specs, outside);
  }

  BlipConfig config_;
  WeightsFile weights_;
  fs::path directory_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_blip(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "config.json"));
  BlipConfig config = read_blip(reader);
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader processor, ConfigReader::open(directory / "preprocessor_config.json"));
  const auto preprocess = read_preprocessor(processor, static_cast<int>(config.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(processor.check());
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, WeightsFile::find(directory, kWeights));
  WeightsFile weights(path, options.params_path);
  std::vector<FingerprintPart> parts = {{"configuration", directory / "config.json"},
                                        {"preprocessing", directory / "preprocessor_config.json"},
                                        {"weights", path}};
  for (const char* file : kTokenizer) {
    if (fs::exists(directory / file)) parts.push_back({file, directory / file});
  }
  if (!options.params_path.empty()) parts.push_back({"parameters", options.params_path});
  ModelInfo info{.name = name_of(directory),
                 .family = "blip",
                 .embedding_dimension = static_cast<int>(config.embedding_dimension),
                 .logit_scale = 1,
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts, options.cache_dir));
  return std::make_unique<BlipRetrieval>(std::move(info), preprocess, std::move(config), std::move(weights), directory);
}

}  // namespace glimpse::models
