// The directory of a dual encoder: glimpse.json names the towers' files and heads.safetensors. Each side binds its own
// tower and only its own half of the heads, when its forward is built. See docs/models/dual.md for the layout.
#include <fmt/format.h>

#include <mutex>

#include "base/file.h"
#include "models/dual.h"
#include "models/fingerprint.h"
#include "models/preprocess_config.h"

namespace glimpse::models {
namespace {

using checkpoint::Checkpoint;
using checkpoint::TensorSpec;
using nn::Value;
namespace fs = std::filesystem;

constexpr std::int64_t kMaxHeads = 64;

struct DualConfig {
  EfficientNetLiteConfig image;
  BertConfig text;
  std::int64_t head_count = 0;
  std::int64_t embedding_dimension = 0;
  PictureFeatures features = PictureFeatures::kClassifier;
  fs::path image_weights, text_directory, heads;
  ActivationRanges activation_ranges;  ///< Empty: none.
  fs::path params;                     ///< A state_dict whose tensors replace those of `heads`; may be empty.
  DualReadout readout = DualReadout::kEmbedding;

  std::int64_t picture_features() const {
    return image.head_width + image.classes + text.hidden_size +
           (features == PictureFeatures::kStages ? stages_width(image) : 0);
  }
};

Result<std::shared_ptr<const Checkpoint>> open_shared(const fs::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const Checkpoint> opened, checkpoint::open(path));
  return opened;
}

/// The width of a head, which only its tensors tell; 1 (a shape that bind then reports) where there is none.
std::int64_t width_of(const Checkpoint& heads, const std::string& tensor) {
  const checkpoint::TensorView* view = heads.find(tensor);
  return view != nullptr && view->shape.size() == 2 ? view->shape[0] : 1;
}

struct BoundHeads {
  DualHeads heads;
  std::optional<checkpoint::TensorView> label_embeddings;
  std::shared_ptr<const checkpoint::Weights> weights;
};

void add(std::vector<TensorSpec>& specs, const std::string& name, checkpoint::Shape shape, bool required = true) {
  specs.push_back({.name = name, .shape = std::move(shape), .required = required});
}

/// side: "image" or "text"; features: how many the side's tower gives.
std::vector<TensorSpec> head_specs(const DualConfig& config, const Checkpoint& file, const std::string& side,
                                   std::int64_t features) {
  std::vector<TensorSpec> specs;
  std::int64_t total = 0;
  for (std::int64_t k = 0; k < config.head_count; ++k) {
    const std::string head = fmt::format("heads.{}.", k);
    const std::int64_t width = width_of(file, head + "image.weight");
    total += width;
    add(specs, head + side + ".weight", {width, features});
    add(specs, head + side + ".bias", {width});
    add(specs, head + "scale", {1});
    add(specs, head + "layer_norm", {1});
  }
  if (side == "image") add(specs, "image.label_embeddings", {config.image.classes, config.text.hidden_size});
  add(specs, "projection.weight", {config.embedding_dimension, total}, /*required=*/false);
  return specs;
}

std::vector<std::string> other_side(const DualConfig& config, const std::string& side) {
  std::vector<std::string> ignored;
  const std::string other = side == "image" ? "text" : "image";
  for (std::int64_t k = 0; k < config.head_count; ++k) ignored.push_back(fmt::format("heads.{}.{}.*", k, other));
  if (other == "image") ignored.emplace_back("image.label_embeddings");
  return ignored;
}

Result<BoundHeads> bind_heads(const DualConfig& config, const std::string& side, std::int64_t features) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, open_shared(config.heads));
  std::shared_ptr<const Checkpoint> overlay;
  if (!config.params.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(overlay, open_shared(config.params));
  }
  const std::vector<TensorSpec> specs = head_specs(config, *file, side, features);
  GLIMPSE_ASSIGN_OR_RETURN(auto bound, checkpoint::bind(specs, file, overlay, {.ignore = other_side(config, side)}));
  BoundHeads result{.heads = {}, .label_embeddings = std::nullopt, .weights = nullptr};
  auto weights = std::make_shared<const checkpoint::Weights>(std::move(bound));
  std::int64_t total = 0;
  for (std::int64_t k = 0; k < config.head_count; ++k) {
    const std::string head = fmt::format("heads.{}.", k);
    result.heads.heads.push_back(
        {.projection = nn::Linear::named(*weights, head + side),
         .scale = checkpoint::to_f32(weights->at(head + "scale"))[0],
         .layer_norm = side == "image" && checkpoint::to_f32(weights->at(head + "layer_norm"))[0] > 0.5f});
    total += result.heads.heads.back().projection.weight.shape[0];
  }
  if (weights->has("projection.weight")) {
    result.heads.shared = weights->at("projection.weight");
  } else if (total != config.embedding_dimension) {
    return Error::corruption("{}: expected heads of {} dimensions in all (glimpse.json's embedding_dimension), got {}",
                             display(config.heads), config.embedding_dimension, total);
  }
  if (side == "image") result.label_embeddings = weights->at("image.label_embeddings");
  result.weights = std::move(weights);
  return result;
}

class Dual final : public DualEncoder {
 public:
  Dual(ModelInfo info, image::PreprocessSpec preprocess, DualConfig config)
      : DualEncoder(std::move(info), preprocess), config_(std::move(config)) {}

  int context_length() const override { return static_cast<int>(config_.text.max_positions); }
  int vocabulary_size() const override { return static_cast<int>(config_.text.vocabulary_size); }

  const ActivationRanges& activation_ranges() const override { return config_.activation_ranges; }

  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const override {
    const std::lock_guard lock(mutex_);
    if (tokenizer_ == nullptr) {
      GLIMPSE_ASSIGN_OR_RETURN(tokenizer_, text::load_word_piece(config_.text_directory));
    }
    return tokenizer_;
  }

  WeightFiles weight_files() const override {
    return {.params = config_.params,
            .own = {config_.heads, config_.image_weights, config_.text_directory / "model.safetensors"}};
  }

  Result<Value> image_forward(nn::Graph& g, Value pixels) const override {
    if (config_.readout == DualReadout::kSentences) return no_forward("pictures");
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, bind_tower(config_.image_weights, tensor_specs(config_.image), {}));
    GLIMPSE_ASSIGN_OR_RETURN(const BoundHeads bound, bind_heads(config_, "image", config_.picture_features()));
    g.retain(weights);
    g.retain(bound.weights);
    const EfficientNetLite::Output output = EfficientNetLite(config_.image, *weights).forward(g, pixels);
    g.mark("image.pooled", output.pooled);
    g.mark("image.logits", output.logits);
    g.mark("image.stages", output.stages);
    const Value features = picture_features(g, output, *bound.label_embeddings, config_.features);
    return config_.readout == DualReadout::kPictureFeatures ? features : bound.heads(g, features);
  }

  Result<Value> text_forward(nn::Graph& g, const TextInput& input) const override {
    if (config_.readout == DualReadout::kPictureFeatures) return no_forward("words");
    const fs::path file = config_.text_directory / "model.safetensors";
    GLIMPSE_ASSIGN_OR_RETURN(const auto weights, bind_tower(file, tensor_specs(config_.text), bert_ignored()));
    GLIMPSE_ASSIGN_OR_RETURN(const BoundHeads bound, bind_heads(config_, "text", config_.text.hidden_size));
    g.retain(weights);
    g.retain(bound.weights);
    const Value sentence = g.l2_normalize(Bert(config_.text, *weights).forward(g, input));  // [B, hidden]
    g.mark("text.sentence", sentence);
    return config_.readout == DualReadout::kSentences ? sentence : bound.heads(g, sentence);
  }

 private:
  Error no_forward(const char* side) const {
    return Error::invalid_argument("{}: opened for the features of its other tower, it takes no {}", info().name, side);
  }

  Result<std::shared_ptr<const checkpoint::Weights>> bind_tower(const fs::path& file,
                                                                const std::vector<TensorSpec>& specs,
                                                                std::vector<std::string> ignore) const {
    GLIMPSE_ASSIGN_OR_RETURN(auto base, open_shared(file));
    GLIMPSE_ASSIGN_OR_RETURN(auto weights,
                             checkpoint::bind(specs, std::move(base), nullptr, {.ignore = std::move(ignore)}));
    return std::make_shared<const checkpoint::Weights>(std::move(weights));
  }

  DualConfig config_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const text::Tokenizer> tokenizer_;
};

DualConfig read_dual(ConfigReader& config, const fs::path& directory) {
  DualConfig c;
  const std::string image_family = config.text("image.family");
  if (image_family != "efficientnet_lite") {
    config.problem(fmt::format("'image.family': expected efficientnet_lite, got \"{}\"", image_family));
  }
  const std::string text_family = config.text("text.family");
  if (text_family != "bert") config.problem(fmt::format("'text.family': expected bert, got \"{}\"", text_family));
  c.image = read_efficientnet_lite(config, "image");
  const std::string features = config.has("image.features") ? config.text("image.features") : "classifier";
  if (features == "stages") {
    c.features = PictureFeatures::kStages;
  } else if (features != "classifier") {
    config.problem(fmt::format("'image.features': expected classifier or stages, got \"{}\"", features));
  }
  c.head_count = config.integer("head_count", {1, kMaxHeads});
  c.embedding_dimension = config.integer("embedding_dimension", {1, 16384});
  c.image_weights = directory / config.file_name("image.weights");
  c.text_directory = directory / config.file_name("text.directory");
  c.heads = directory / config.file_name("heads");
  return c;
}

std::vector<FingerprintPart> parts_of(const fs::path& directory, const DualConfig& config) {
  std::vector<FingerprintPart> parts = {{"configuration", directory / "glimpse.json"},
                                        {"image weights", config.image_weights},
                                        {"text configuration", config.text_directory / "config.json"},
                                        {"text weights", config.text_directory / "model.safetensors"},
                                        {"heads", config.heads}};
  for (const char* name : {"tokenizer.json", "vocab.txt", "tokenizer_config.json"}) {
    if (fs::exists(config.text_directory / name)) parts.push_back({name, config.text_directory / name});
  }
  if (!config.activation_ranges.empty()) parts.push_back({"activation ranges", directory / kActivationRangesFile});
  if (!config.params.empty()) parts.push_back({"parameters", config.params});
  return parts;
}

/// A tower read out elsewhere is another model, above all to what keeps compiled ones.
void set_readout(ModelInfo& info, DualConfig& config, DualReadout readout) {
  config.readout = readout;
  if (readout == DualReadout::kPictureFeatures) {
    info.embedding_dimension = static_cast<int>(config.picture_features());
    info.unit_rows = false;
    info.fingerprint += "-picture-features";
  } else if (readout == DualReadout::kSentences) {
    info.embedding_dimension = static_cast<int>(config.text.hidden_size);
    info.fingerprint += "-sentences";
  }
}

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_dual(const fs::path& directory, const OpenOptions& options,
                                               DualReadout readout) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "glimpse.json"));
  const std::int64_t format = reader.integer("format", {1, 1'000'000});
  if (format != 1)
    return Error::unsupported("{}: expected format 1, got {}; a newer glimpse reads it", display(directory), format);
  const std::string family = reader.text("family");
  if (family != "dual")
    return Error::unsupported("{}: expected family \"dual\", got \"{}\"", display(directory), family);
  DualConfig config = read_dual(reader, directory);
  config.params = options.params_path;
  const image::PreprocessSpec preprocess = read_preprocess(reader, "image.preprocess");
  if (preprocess.crop_size != config.image.image_size) {
    reader.problem(fmt::format("'image.preprocess.size': expected the picture tower's {}, got {}",
                               config.image.image_size, preprocess.crop_size));
  }
  ModelInfo info{.name = reader.text("name"),
                 .family = family,
                 .embedding_dimension = static_cast<int>(config.embedding_dimension),
                 .logit_scale = static_cast<float>(reader.number("logit_scale", {1e-3, 1e4}, 1.0)),
                 .fingerprint = {}};
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader text_reader, ConfigReader::open(config.text_directory / "config.json"));
  config.text = read_bert(text_reader);
  GLIMPSE_RETURN_IF_ERROR(text_reader.check());
  if (const fs::path ranges = directory / kActivationRangesFile; fs::exists(ranges)) {
    GLIMPSE_ASSIGN_OR_RETURN(config.activation_ranges, read_activation_ranges(ranges));
  }
  GLIMPSE_ASSIGN_OR_RETURN(info.fingerprint, fingerprint(parts_of(directory, config), options.cache_dir));
  set_readout(info, config, readout);
  return std::make_unique<Dual>(std::move(info), preprocess, std::move(config));
}

}  // namespace glimpse::models
