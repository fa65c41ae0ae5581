#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/preprocess.h"
#include "models/activation_ranges.h"
#include "models/caption_model.h"
#include "models/caption_teaching.h"
#include "models/match_model.h"
#include "models/text_input.h"
#include "nn/graph.h"
#include "text/tokenizer.h"

namespace glimpse::models {

struct ModelInfo {
  std::string name;             ///< The directory's own name for it, or the directory's file name.
  std::string family;           ///< "clip", "dual"
  int embedding_dimension = 0;  ///< 0: it has no embeddings, but writes captions.
  bool unit_rows = true;        ///< Whether what the forwards give is brought to unit length. Features are not.
  float logit_scale = 1;        ///< Cosines times this are the logits that the model was trained with.
  std::string fingerprint;  ///< 32 hexadecimal digits over weights, configuration, preprocessing and tokenizer files.
};

/// Where a model's tensors are. Each name is looked up in `params` first, where there is one.
struct WeightFiles {
  std::filesystem::path params = {};       ///< OpenOptions::params_path. Empty: none.
  std::vector<std::filesystem::path> own;  ///< The model's own: weights files, or indexes of their parts.
};

/// A model with two towers into one space. Opening reads configurations only; the weights are mapped when a forward is
/// built, and the picture tower never reads the words' tensors nor the other way about. Immutable and thread-safe.
class DualEncoder {
 public:
  virtual ~DualEncoder() = default;

  const ModelInfo& info() const { return info_; }
  const image::PreprocessSpec& preprocess() const { return preprocess_; }

  /// The most tokens that the words' tower takes, and how many ids it knows: ids lie in [0, vocabulary_size).
  virtual int context_length() const = 0;
  virtual int vocabulary_size() const = 0;

  /// Reads the tokenizer's files on the first call.
  virtual Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const = 0;

  virtual WeightFiles weight_files() const = 0;

  /// What int8 needs to know about the picture tower, where the model's directory says it. Empty: nobody has calibrated
  /// it.
  virtual const ActivationRanges& activation_ranges() const {
    static const ActivationRanges kNone;
    return kNone;
  }

  /// The side that writes captions; null for most families.
  virtual const CaptionModel* captions() const { return nullptr; }
  /// The side that says whether words and a picture belong together; null for most families.
  virtual const MatchModel* matching() const { return nullptr; }
  /// How it is taught to write captions, when that is what it was pre-trained by; null for most families.
  virtual const CaptionTeaching* caption_teaching() const { return nullptr; }

  /// pixels [batch, 3, crop_size, crop_size] → [batch, embedding_dimension], unit rows.
  /// Errors: corruption listing every tensor that is missing, extra or mis-shaped; io.
  virtual Result<nn::Value> image_forward(nn::Graph& graph, nn::Value pixels) const = 0;

  /// [batch, tokens] → [batch, embedding_dimension], unit rows. Errors as image_forward.
  virtual Result<nn::Value> text_forward(nn::Graph& graph, const TextInput& input) const = 0;

 protected:
  DualEncoder(ModelInfo info, image::PreprocessSpec preprocess)
      : info_(std::move(info)), preprocess_(std::move(preprocess)) {}
  DualEncoder(const DualEncoder&) = delete;
  DualEncoder& operator=(const DualEncoder&) = delete;

 private:
  ModelInfo info_;
  image::PreprocessSpec preprocess_;
};

struct OpenOptions {
  /// A fine-tuned torch state_dict whose tensors replace the directory's (MODEL_PARAMS_PATH). Empty: none.
  std::filesystem::path params_path = {};
  /// CLIP's file of merges (bpe_simple_vocab_16e6.txt.gz), for models that are published without a tokenizer. Empty:
  /// such a model must have it in its directory.
  std::filesystem::path clip_merges = {};
  /// Where content hashes of large files are remembered by size, time and inode. Empty: they are read each time.
  std::filesystem::path cache_dir = {};
};

/// Opens a model: one of our own (glimpse.json), a Hugging Face directory (config.json), an open_clip directory
/// (open_clip_config.json), an OpenAI archive (the .pt file, or a directory that holds it alone).
/// Errors: not_found; corruption (everything wrong with the configuration at once); unsupported (another family).
Result<std::unique_ptr<DualEncoder>> open_dual_encoder(const std::filesystem::path& directory,
                                                       const OpenOptions& options = {});

}  // namespace glimpse::models
