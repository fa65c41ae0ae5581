#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/dual_encoder.h"
#include "text/tokenizer.h"

namespace glimpse::runtime {

enum class Precision {
  kF32,
  kInt8,  ///< Convolutions and linear layers in 8 bits, the rest in f32; for a picture tower that was calibrated.
  kBf16,  ///< Faster where the processor multiplies bf16; weights and activations lose 16 bits.
};

std::string_view name_of(Precision precision);
/// Errors: invalid_argument for anything but "f32", "bf16" and "int8".
Result<Precision> parse_precision(std::string_view name);
/// Whether this processor has instructions for it; without them a precision works, but slowly.
bool is_native(Precision precision);

struct RuntimeOptions {
  Precision precision = Precision::kF32;
  /// Processors to use; 0: all that the process may use. The picture tower runs that many batches side by side, each on
  /// one thread, which was measured to be faster than one batch on all.
  int threads = 0;
  /// For int8; empty: the model's own.
  models::ActivationRanges ranges = {};
  /// Batches of pictures that run side by side, each on threads / streams; 0: one for each thread.
  int streams = 0;
  /// Where compiled models are kept between processes. Empty: they are compiled each time.
  std::filesystem::path cache_dir;
};

/// How a tower came to be.
struct TowerOrigin {
  bool from_cache = false;
  double seconds = 0;
};

/// The picture tower, compiled. Thread-safe: as many threads as it has streams run at once, others wait.
class ImageTower {
 public:
  /// Compiles, or loads from the cache; then the model's weights are neither read nor kept.
  /// Errors: the model's image_forward; unsupported (int8 without activation ranges, or for words); internal (the
  /// tensor runtime refused the graph).
  static Result<std::unique_ptr<ImageTower>> compile(const models::DualEncoder& model, const RuntimeOptions& options);
  ~ImageTower();

  int dimension() const;
  /// How many run() calls make progress at once.
  int streams() const;
  const TowerOrigin& origin() const;
  /// Names the tower as it was compiled: model, precision, streams, threads, runtime, processor. For what is measured
  /// of it and kept.
  const std::string& key() const;

  /// pixels: [count, 3, S, S] f32 as image::preprocess made them; read during the call only. embeddings: [count,
  /// dimension()], unit rows unless the model says otherwise (ModelInfo::unit_rows). Errors: invalid_argument for wrong
  /// sizes; internal.
  Result<void> run(std::span<const float> pixels, int count, std::span<float> embeddings) const;

 private:
  struct State;
  explicit ImageTower(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The words' tower, compiled. Thread-safe.
class TextTower {
 public:
  /// As ImageTower::compile.
  static Result<std::unique_ptr<TextTower>> compile(const models::DualEncoder& model, const RuntimeOptions& options);
  ~TextTower();

  int dimension() const;
  const TowerOrigin& origin() const;

  /// One sentence at its own length → [dimension()], unit norm.
  /// Errors: invalid_argument when there are no tokens, too many, or one beyond the vocabulary; internal.
  Result<std::vector<float>> run(std::span<const text::TokenId> tokens) const;

  /// Several sentences → [count, dimension()]. Sentences of one length run together, so none is ever padded.
  Result<std::vector<float>> run(std::span<const std::vector<text::TokenId>> sentences) const;

 private:
  struct State;
  explicit TextTower(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::runtime
