#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/image_pipeline.h"
#include "encode/text_encoder.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"

namespace glimpse::encode {

struct EncoderOptions {
  /// Arithmetic of both towers; with int8, words are in f32. None: pictures in int8 where the model is calibrated and
  /// the processor multiplies it, else in bf16 where it multiplies that; words in f32, for one sentence is quick in any
  /// arithmetic.
  std::optional<runtime::Precision> precision = std::nullopt;
  int threads = 0;                         ///< 0: all processors that this process may use.
  std::filesystem::path params_path = {};  ///< A fine-tuned state_dict over the model's weights; empty: none.
  std::filesystem::path clip_merges = {};  ///< As models::OpenOptions has it.
  std::filesystem::path cache_dir = {};    ///< For compiled towers; empty: they are compiled each time.
};

/// The arithmetic of models whose words look at a picture, which write captions or match: options.precision; none: bf16
/// where the processor multiplies it, else f32.
runtime::Precision precision_of_lookers(const EncoderOptions& options);

/// The words of a query are at most this long; far longer than any model's context.
inline constexpr std::size_t kMaxQueryBytes = 4096;

/// A model in use: words and pictures to unit vectors in one space. Each tower is loaded at its first use. Thread-safe.
class Encoder {
 public:
  /// Errors: models::open_dual_encoder's; unsupported (the model has no embeddings).
  static Result<std::unique_ptr<Encoder>> open(const std::filesystem::path& model_directory,
                                               const EncoderOptions& options = {});

  const models::ModelInfo& info() const { return model_->info(); }

  /// [dimension], unit norm. Errors: invalid_argument (no words, too many); the model's.
  Result<std::vector<float>> embed_text(std::string_view text);
  /// The same for an encoded picture, every pixel decoded. Errors: image::decode's; the model's.
  Result<std::vector<float>> embed_image(std::span<const std::byte> bytes);

  /// The picture side for run_image_pipeline. Borrows from this encoder.
  Result<ImageModel> image_model();

  /// Loads the words' tower now, so that the first query need not wait.
  Result<void> load_text_tower();

 private:
  Encoder(std::unique_ptr<models::DualEncoder> model, EncoderOptions options)
      : model_(std::move(model)), options_(std::move(options)) {}
  Result<const runtime::ImageTower*> image_tower();
  runtime::Precision picture_precision() const;
  runtime::Precision text_precision() const;
  runtime::RuntimeOptions runtime_options(runtime::Precision precision) const;

  const std::unique_ptr<models::DualEncoder> model_;
  const EncoderOptions options_;
  std::mutex loading_;
  std::unique_ptr<runtime::ImageTower> image_tower_;
  std::unique_ptr<runtime::TextTower> text_tower_;
  std::unique_ptr<TextEncoder> text_encoder_;
};

}  // namespace glimpse::encode
