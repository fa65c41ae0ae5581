// One weights file holds both towers, in any of the published spellings; each tower binds its own half, when its
// forward is built, and leaves the other half alone.
#include <mutex>

#include "base/file.h"
#include "models/clip_files.h"

namespace glimpse::models {
namespace {

using nn::Value;

// Beside the other tower: numbers that OpenAI's archives keep as tensors, and buffers of early transformers.
const std::vector<std::string> kOutsideVision = {"text_model.*",
                                                 "text_projection.weight",
                                                 "logit_scale",
                                                 "vision_model.embeddings.position_ids",
                                                 "text.*",
                                                 "transformer.*",
                                                 "token_embedding.weight",
                                                 "positional_embedding",
                                                 "ln_final.*",
                                                 "text_projection",
                                                 "attn_mask",
                                                 "input_resolution",
                                                 "context_length",
                                                 "vocab_size"};
const std::vector<std::string> kOutsideText = {"vision_model.*", "visual_projection.weight",
                                               "logit_scale",    "text_model.embeddings.position_ids",
                                               "visual.*",       "attn_mask",
                                               "text.attn_mask", "input_resolution",
                                               "context_length", "vocab_size"};

class Clip final : public DualEncoder {
 public:
  Clip(ModelInfo info, ClipFiles files) : DualEncoder(std::move(info), files.preprocess), files_(std::move(files)) {}

  int context_length() const override { return static_cast<int>(files_.config.text.context_length); }
  int vocabulary_size() const override { return static_cast<int>(files_.config.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_, text::load_clip_bpe(files_.tokenizer, context_length()));
    }
    return tokenizer_;
  }

  WeightFiles weight_files() const override {
    return {.params = files_.weights.params(), .own = {files_.weights.file()}};
  }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights,
                             files_.weights.bind(vision_tensor_specs(files_.config), kOutsideVision));
    g.retain(weights);
    return ClipVision(files_.config.vision, *weights).forward(g, pixels);
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, files_.weights.bind(text_tensor_specs(files_.config), kOutsideText));
    g.retain(weights);
    return ClipText(files_.config.text, *weights).forward(g, input.ids);  // causal: padding needs no mask
  }

 private:
  ClipFiles files_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

}  // namespace

std::string name_of(const std::filesystem::path& directory) {
  return std::filesystem::absolute(directory).lexically_normal().filename().string();
}

Result<std::filesystem::path> find_merges(const std::filesystem::path& directory, const OpenOptions& options) {
  std::error_code ignored;
  const auto own = directory / "bpe_simple_vocab_16e6.txt.gz";
  if (std::filesystem::exists(own, ignored)) return own;
  if (!options.clip_merges.empty() && std::filesystem::exists(options.clip_merges, ignored)) return options.clip_merges;
  for (const char* file : {"tokenizer.json", "vocab.json"}) {
    if (std::filesystem::exists(directory / file, ignored)) return directory;
  }
  return Error::not_found("{}: no tokenizer: put CLIP's bpe_simple_vocab_16e6.txt.gz into the directory",
                          display(directory));
}

Result<std::unique_ptr<DualEncoder>> make_clip(ClipFiles files, const OpenOptions& options) {
  if (!options.params_path.empty()) files.parts.push_back({"parameters", options.params_path});
  ModelInfo info{.name = files.name,
                 .family = "clip",
                 .embedding_dimension = static_cast<int>(files.config.projection_dim),
                 .logit_scale = 1,
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.logit_scale, files.weights.logit_scale());
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(files.parts, options.cache_dir));
  return std::make_unique<Clip>(std::move(info), std::move(files));
}

}  // namespace glimpse::models
