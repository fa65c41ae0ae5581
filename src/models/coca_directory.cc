// An open_clip directory of a CoCa: open_clip_config.json with a multimodal_cfg, and a state_dict.
#include <mutex>

#include "models/clip_files.h"
#include "models/coca.h"
#include "models/open_clip_config.h"

namespace glimpse::models {
namespace {

using nn::Value;
namespace fs = std::filesystem;

const std::vector<std::string> kOutsideVision = {"text.*", "text_decoder.*", "logit_scale"};
const std::vector<std::string> kOutsideText = {"visual.*", "text_decoder.*", "logit_scale", "text.attn_mask"};

const std::vector<std::string> kOutsidePictures = {"text.*", "logit_scale", "text_decoder.attn_mask"};
const std::vector<std::string> kOutsideWriting = {"visual.*", "text.*", "logit_scale", "text_decoder.attn_mask"};
const std::vector<std::string> kOutsideDecoder = {"visual.*", "logit_scale", "text.attn_mask",
                                                  "text_decoder.attn_mask"};

/// CLIP's ids, and one token of padding behind a sentence that leaves room for it: the class token sees it.
class CocaTokenizer final : public text::Tokenizer {
 public:
  explicit CocaTokenizer(std::unique_ptr<text::Tokenizer> clip) : clip_(std::move(clip)) {}

  std::vector<text::TokenId> encode(std::string_view words) const override {
    auto ids = clip_->encode(words);
    if (ids.size() < static_cast<std::size_t>(context_length())) ids.push_back(pad_id());
    return ids;
  }
  int context_length() const override { return clip_->context_length(); }
  text::TokenId pad_id() const override { return 0; }
  int vocabulary_size() const override { return clip_->vocabulary_size(); }

 private:
  std::unique_ptr<text::Tokenizer> clip_;
};

class Coca final : public DualEncoder, public CaptionModel, public CaptionTeaching {
 public:
  Coca(ModelInfo info, image::PreprocessSpec preprocess, CocaConfig config, WeightsFile weights, fs::path merges)
      : DualEncoder(std::move(info), preprocess),
        config_(std::move(config)),
        weights_(std::move(weights)),
        merges_(std::move(merges)) {}

  int context_length() const override { return static_cast<int>(config_.clip.text.context_length); }
  int vocabulary_size() const override { return static_cast<int>(config_.clip.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(auto clip, text::load_clip_bpe(merges_, context_length()));
      tokenizer_ = std::make_shared<const CocaTokenizer>(std::move(clip));
    }
    return tokenizer_;
  }

  WeightFiles weight_files() const override { return {.params = weights_.params(), .own = {weights_.file()}}; }

  const CaptionModel* captions() const override { return this; }
  const CaptionTeaching* caption_teaching() const override { return this; }
  Tokens caption_tokens() const override {
    const int size = vocabulary_size();
    return {.start = size - 2, .end = size - 1, .pad = 0, .vocabulary_size = size, .context_length = context_length()};
  }
  CaptionRules caption_rules() const override { return CaptionRules::kOpenClip; }
  int memory_tokens() const override {
    return static_cast<int>(2 * config_.decoder.layers * (config_.pooler_queries - 1));
  }
  int memory_width() const override { return static_cast<int>(config_.decoder.hidden_size); }

  Result<Value> memory_forward(nn::Graph& g, Value pixels) const override {
    auto specs = coca_vision_specs(config_);
    for (auto& spec : coca_decoder_specs(config_)) specs.push_back(std::move(spec));
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, weights_.bind(specs, kOutsidePictures));
    g.retain(weights);
    return CocaDecoder(config_, *weights).looked(g, CocaVision(config_, *weights).memory(g, pixels));
  }

  Result<Value> next_forward(nn::Graph& g, Value memory, Value ids) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    return CocaDecoder(config_, *weights).forward(g, memory, CocaText(config_, *weights).said(g, ids));
  }

  int kept_of_token() const override {
    return static_cast<int>(2 * (config_.clip.text.layers + config_.decoder.layers));
  }
  Result<Value> step_forward(nn::Graph& g, Value memory, Value past, Value ids) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    CaptionPast kept(g, past);
    const Value said = CocaText(config_, *weights).said_last(g, ids, kept);
    return kept.behind(g, CocaDecoder(config_, *weights).forward_last(g, memory, said, kept));
  }

  Result<std::unique_ptr<text::Detokenizer>> detokenizer() const override {
    return text::load_clip_detokenizer(merges_);
  }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, vision_weights(g));
    return CocaVision(config_, *weights).forward(g, pixels);
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, text_weights(g));
    return CocaText(config_, *weights).forward(g, input.ids);
  }

  Result<Value> seen_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, vision_weights(g));
    return CocaVision(config_, *weights).seen(g, pixels);
  }
  Result<Value> picture_embedding(nn::Graph& g, Value seen) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, vision_weights(g));
    return CocaVision(config_, *weights).embedding(g, seen);
  }
  Result<Value> read_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, text_weights(g));
    return CocaText(config_, *weights).read(g, input.ids);
  }
  Result<Value> words_embedding(nn::Graph& g, Value read) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, text_weights(g));
    return CocaText(config_, *weights).embedding(g, read);
  }
  Result<Value> following_forward(nn::Graph& g, Value seen, Value read) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, weights_.bind(coca_decoder_specs(config_), kOutsideWriting));
    g.retain(weights);
    const CocaDecoder decoder(config_, *weights);
    const Value memory = g.slice(seen, 1, 1, config_.pooler_queries);
    const Value words = g.slice(read, 1, 0, -2);  // nobody asks what follows the last one, nor the class token
    return decoder.forward_pairs(g, decoder.looked(g, memory), words);
  }
  text::TokenId padding() const override { return caption_tokens().pad; }

 private:
  using Weights = std::shared_ptr<const checkpoint::Weights>;

  Result<Weights> vision_weights(nn::Graph& g) const {
    GLIMPSE_ASSIGN_OR_RETURN(Weights weights, weights_.bind(coca_vision_specs(config_), kOutsideVision));
    g.retain(weights);
    return weights;
  }
  Result<Weights> text_weights(nn::Graph& g) const {
    GLIMPSE_ASSIGN_OR_RETURN(Weights weights, weights_.bind(coca_text_specs(config_), kOutsideText));
    g.retain(weights);
    return weights;
  }
  /// Of all that reads words: the words' tower and the decoder.
  Result<Weights> words_weights() const {
    auto specs = coca_text_specs(config_);
    for (auto& spec : coca_decoder_specs(config_)) specs.push_back(std::move(spec));
    return weights_.bind(specs, kOutsideDecoder);
  }

  CocaConfig config_;
  WeightsFile weights_;
  fs::path merges_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_coca(const fs::path& directory, const OpenOptions& options) {
  const fs::path file = directory / "open_clip_config.json";
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(file));
  CocaConfig config = read_coca(reader);
  const auto preprocess = read_open_clip_preprocess(reader, static_cast<int>(config.clip.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, WeightsFile::find(directory, kOpenClipWeights));
  GLIMPSE_ASSIGN_OR_RETURN(fs::path merges, find_merges(directory, options));
  WeightsFile weights(path, options.params_path);
  std::vector<FingerprintPart> parts = {{"configuration", file}, {"weights", path}};
  if (!options.params_path.empty()) parts.push_back({"parameters", options.params_path});
  ModelInfo info{.name = name_of(directory),
                 .family = "coca",
                 .embedding_dimension = static_cast<int>(config.clip.projection_dim),
                 .logit_scale = 1,
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.logit_scale, weights.logit_scale());
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts, options.cache_dir));
  return std::make_unique<Coca>(std::move(info), preprocess, std::move(config), std::move(weights), std::move(merges));
}

}  // namespace glimpse::models
