#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/image_pipeline.h"
#include "encode/on_demand.h"
#include "encode/text_encoder.h"
#include "models/dual_encoder.h"
#include "runtime/precision_record.h"
#include "runtime/towers.h"

namespace glimpse::encode {

struct EncoderOptions {
  /// Arithmetic of both towers; with int8, words are in f32. None: as settle_precision() found out; before that
  /// pictures in int8 where the model comes with ranges and the processor multiplies it, else in bf16 where it
  /// multiplies that, and words in f32.
  std::optional<runtime::Precision> precision = std::nullopt;
  int threads = 0;                         ///< 0: all processors that this process may use.
  std::filesystem::path params_path = {};  ///< A fine-tuned state_dict over the model's weights; empty: none.
  std::filesystem::path clip_merges = {};  ///< As models::OpenOptions has it.
  std::filesystem::path cache_dir = {};    ///< For compiled towers and precision records; empty: nothing is kept.
};

/// Pictures that wait to be embedded.
struct WaitingPictures {
  std::size_t count = 0;
  std::vector<std::filesystem::path> sample;  ///< Some of them, evenly spread: kTrialPictures are enough.
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
  const image::PreprocessSpec& preprocess() const { return model_->preprocess(); }
  /// How it reads words. Errors: models::DualEncoder::tokenizer's.
  Result<std::shared_ptr<const text::Tokenizer>> tokenizer() const { return model_->tokenizer(); }
  /// The arithmetic that pictures are embedded in.
  runtime::Precision picture_precision() { return picture_options().precision; }

  /// [dimension], unit norm. Errors: invalid_argument (no words, too many); corruption (the model's answer is not a
  /// number); the model's.
  Result<std::vector<float>> embed_text(std::string_view text);
  /// The same for an encoded picture, every pixel decoded. Errors: image::decode's; the model's.
  Result<std::vector<float>> embed_image(std::span<const std::byte> bytes);

  /// Decides in which precision pictures are embedded, before the picture tower is loaded: as this machine's record of
  /// the model says, or, where there is none and enough pictures wait, by a trial on the sample, which is then
  /// recorded. int8 by the user's own choice needs ranges, and measures them where there are none. Returns what was
  /// found, for people; empty when nothing was tried. Errors: try_precisions'.
  Result<std::string> settle_precision(const WaitingPictures& waiting);
  /// A trial on the sample, whatever was recorded; recorded unless the sample is small.
  Result<runtime::PrecisionRecord> try_precisions(const WaitingPictures& waiting);

  /// The picture side for run_image_pipeline; its tower stays loaded as long as it is kept. Borrows from this encoder.
  Result<ImageModel> image_model();

  /// Loads the words' tower now, so that the first query need not wait.
  Result<void> load_text_tower();

  /// Whether a tower is in memory.
  bool loaded() const { return image_tower_.loaded() || text_tower_.loaded(); }
  /// Unloads each tower that nobody is using and nobody used for `idle`, and gives its memory back to the system. The
  /// next use loads it again, quickly where there is a cache of compiled towers. True when there was one.
  bool unload_idle(std::chrono::steady_clock::duration idle);

 private:
  Encoder(std::unique_ptr<models::DualEncoder> model, EncoderOptions options);
  Result<TextEncoder*> text_encoder();
  /// What this machine's record says, read at most once; null without one.
  const runtime::PrecisionRecord* record();
  runtime::RuntimeOptions picture_options();
  runtime::RuntimeOptions text_options();

  const std::unique_ptr<models::DualEncoder> model_;
  const EncoderOptions options_;
  OnDemand<runtime::ImageTower> image_tower_;
  OnDemand<runtime::TextTower> text_tower_;
  std::mutex opening_;
  bool record_was_read_ = false;
  std::optional<runtime::PrecisionRecord> record_;
  std::unique_ptr<TextEncoder> text_encoder_;  ///< Remembers latest queries, which outlive the tower.
};

}  // namespace glimpse::encode
