// A Hugging Face directory of a BLIP: config.json, preprocessor_config.json, weights, BERT's tokenizer. The tokenizer
// does not know the last two ids, [DEC] and [ENC], which nobody can write.
#include <array>
#include <mutex>

#include "base/file.h"
#include "models/blip.h"
#include "models/clip_files.h"
#include "models/preprocess_config.h"

namespace glimpse::models {
namespace {

using nn::Value;
namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kTokenizer = {"tokenizer.json", "vocab.txt", "tokenizer_config.json"};

/// The class token of each row: [rows, width].
Value first_token(nn::Graph& g, Value x) { return g.reshape(g.slice(x, 1, 0, 1), {0, -1}); }

/// Whether it is the model that writes captions. Errors: unsupported (a third kind, which answers questions).
Result<bool> read_kind(ConfigReader& config, const fs::path& directory) {
  const auto kinds = config.texts("architectures");
  const std::string kind = kinds.empty() ? "" : kinds.front();
  if (kind == "BlipForConditionalGeneration") return true;
  if (kind == "BlipForImageTextRetrieval") return false;
  return Error::unsupported(
      "{}: 'architectures': expected BlipForImageTextRetrieval or BlipForConditionalGeneration, got \"{}\"",
      display(directory / "config.json"), kind);
}

/// What both kinds of model have.
struct BlipFiles {
  BlipConfig config;
  WeightsFile weights;
  fs::path directory;

  /// The tensors of `parts`; those of `outside` may be there too.
  Result<std::shared_ptr<const checkpoint::Weights>> bind(std::vector<std::vector<checkpoint::TensorSpec>> parts,
                                                          const std::vector<std::string>& outside) const {
    std::vector<checkpoint::TensorSpec> specs;
    for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(specs));
    return weights.bind(specs, outside);
  }
};

class Blip : public DualEncoder {
 public:
  Blip(ModelInfo info, image::PreprocessSpec preprocess, BlipFiles files)
      : DualEncoder(std::move(info), preprocess), files_(std::move(files)) {}

  int context_length() const override { return static_cast<int>(files_.config.text.max_positions); }
  int vocabulary_size() const override { return static_cast<int>(files_.config.text.vocabulary_size); }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_, text::load_word_piece(files_.directory, context_length()));
    }
    return tokenizer_;
  }

  WeightFiles weight_files() const override {
    return {.params = files_.weights.params(), .own = {files_.weights.file()}};
  }

 protected:
  const BlipFiles files_;

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

/// BlipForImageTextRetrieval.
class BlipRetrieval final : public Blip, public MatchModel {
 public:
  using Blip::Blip;

  const MatchModel* matching() const override { return this; }
  int memory_tokens() const override { return static_cast<int>(files_.config.vision.patches()) + 1; }
  int memory_width() const override { return static_cast<int>(files_.config.vision.hidden_size); }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    const BlipConfig& config = files_.config;
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights,
                             files_.bind({blip_vision_specs(config), blip_head_specs(config)}, {kBlipEncoder + ".*"}));
    g.retain(weights);
    return embedding(g, *weights, BlipVision(config.vision, *weights).forward(g, pixels));
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    nn::AttentionOptions attention;
    if (input.mask) attention.mask = hide_padding(g, *input.mask);
    const Value read = BlipText(files_.config, *weights, kBlipEncoder).forward(g, input.ids, std::nullopt, attention);
    return g.l2_normalize(nn::Linear::named(*weights, "text_proj")(g, first_token(g, read)));
  }

  Result<Value> memory_forward(nn::Graph& g, Value pixels) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, picture_weights());
    g.retain(weights);
    return BlipVision(files_.config.vision, *weights).forward(g, pixels);
  }

  Result<Value> match_forward(nn::Graph& g, Value memory, Value ids) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    const BlipText words(files_.config, *weights, kBlipEncoder);
    const Value read = words.forward(g, ids, words.memory(g, memory), {});
    const Value classes = g.softmax(nn::Linear::named(*weights, "itm_head")(g, first_token(g, read)));  // [rows, 2]
    return g.slice(classes, 1, 1, 2);  // they do not belong together, they do
  }

  Result<Value> pair_forward(nn::Graph& g, Value memory, const TextInput& input) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    nn::AttentionOptions attention;
    if (input.mask) attention.mask = hide_padding(g, *input.mask);
    const Value read = BlipText(files_.config, *weights, kBlipEncoder).forward_pairs(g, input.ids, memory, attention);
    return nn::Linear::named(*weights, "itm_head")(g, first_token(g, read));
  }

  Result<Value> embedding_forward(nn::Graph& g, Value memory) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, picture_weights());
    g.retain(weights);
    return embedding(g, *weights, memory);
  }

 private:
  /// seen [rows, 1 + patches, width] → [rows, embedding_dimension], of the class token.
  static Value embedding(nn::Graph& g, const checkpoint::Weights& weights, Value seen) {
    return g.l2_normalize(nn::Linear::named(weights, "vision_proj")(g, first_token(g, seen)));
  }
  Result<std::shared_ptr<const checkpoint::Weights>> picture_weights() const {
    return files_.bind({blip_vision_specs(files_.config), blip_head_specs(files_.config)}, {kBlipEncoder + ".*"});
  }
  Result<std::shared_ptr<const checkpoint::Weights>> words_weights() const {
    return files_.bind({blip_text_specs(files_.config, kBlipEncoder), blip_head_specs(files_.config)},
                       {"vision_model.*", kBlipEncoder + ".embeddings.position_ids"});
  }
};

/// BlipForConditionalGeneration.
class BlipCaptions final : public Blip, public CaptionModel {
 public:
  using Blip::Blip;

  const CaptionModel* captions() const override { return this; }
  Tokens caption_tokens() const override {
    const BlipTextConfig& c = files_.config.text;
    return {.start = static_cast<text::TokenId>(c.start_id),
            .end = static_cast<text::TokenId>(c.end_id),
            .pad = static_cast<text::TokenId>(c.pad_id),
            .vocabulary_size = vocabulary_size(),
            .context_length = context_length()};
  }
  CaptionRules caption_rules() const override { return CaptionRules::kTransformers; }

  // Of every block keys and values: a token more would otherwise cost the picture's again.
  int memory_tokens() const override {
    return static_cast<int>(2 * files_.config.text.layers * (files_.config.vision.patches() + 1));
  }
  int memory_width() const override { return static_cast<int>(files_.config.text.hidden_size); }

  Result<Value> memory_forward(nn::Graph& g, Value pixels) const override {
    const BlipConfig& config = files_.config;
    GLIMPSE_ASSIGN_OR_RETURN(
        const auto weights,
        files_.bind({blip_vision_specs(config), blip_text_specs(config, kBlipDecoder)}, {"text_decoder.*"}));
    g.retain(weights);
    const Value seen = BlipVision(config.vision, *weights).forward(g, pixels);
    return BlipText(config, *weights, kBlipDecoder).memory(g, seen);
  }

  Result<Value> next_forward(nn::Graph& g, Value memory, Value ids) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    const BlipText decoder(files_.config, *weights, kBlipDecoder);
    const Value read = decoder.forward(g, ids, memory, {.mask = std::nullopt, .causal = true});
    return BlipWriter(files_.config.text, *weights).forward(g, read);
  }

  int kept_of_token() const override { return static_cast<int>(2 * files_.config.text.layers); }
  Result<Value> step_forward(nn::Graph& g, Value memory, Value past, Value ids) const override {
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, words_weights());
    g.retain(weights);
    CaptionPast kept(g, past);
    const Value read = BlipText(files_.config, *weights, kBlipDecoder).forward_last(g, ids, memory, kept);
    return kept.behind(g, BlipWriter(files_.config.text, *weights).forward(g, read));
  }

  Result<std::unique_ptr<text::Detokenizer>> detokenizer() const override {
    return text::load_word_piece_detokenizer(files_.directory);
  }

  Result<Value> image_forward(nn::Graph&, Value) const override { return no_embeddings(); }
  Result<Value> text_forward(nn::Graph&, const TextInput&) const override { return no_embeddings(); }

 private:
  Result<std::shared_ptr<const checkpoint::Weights>> words_weights() const {
    return files_.bind({blip_text_specs(files_.config, kBlipDecoder), blip_writer_specs(files_.config)},
                       {"vision_model.*", kBlipDecoder + ".embeddings.position_ids", "text_decoder.cls.predictions.*"});
  }
  Error no_embeddings() const {
    return Error::unsupported("the model '{}' writes captions and has no embeddings", info().name);
  }
};

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_blip(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "config.json"));
  BlipConfig config = read_blip(reader);
  GLIMPSE_ASSIGN_OR_RETURN(const bool writes_captions, read_kind(reader, directory));
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
                 .family = "blip",
                 .embedding_dimension = writes_captions ? 0 : static_cast<int>(config.embedding_dimension),
                 .logit_scale = 1,
                 .fingerprint = {}};
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts, options.cache_dir));
  BlipFiles files{std::move(config), std::move(weights), directory};
  if (writes_captions) return std::make_unique<BlipCaptions>(std::move(info), preprocess, std::move(files));
  return std::make_unique<BlipRetrieval>(std::move(info), preprocess, std::move(files));
}

}  // namespace glimpse::models
