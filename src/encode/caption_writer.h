#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "encode/encoder.h"
#include "encode/generate.h"
#include "encode/memory_plan.h"

namespace glimpse::encode {

/// How captions shall be written: GenerateOptions, where what is not said is as the model's own program does it.
struct CaptionRequest {
  std::optional<Choice> choice = std::nullopt;
  std::optional<int> beams = std::nullopt, beam_groups = std::nullopt, top_k = std::nullopt;
  std::optional<int> min_length = std::nullopt, max_length = std::nullopt;
  std::optional<float> temperature = std::nullopt, repetition_penalty = std::nullopt;
  std::uint64_t seed = 0;
  std::string prompt = {};  ///< Words that every caption begins with.
};

/// Pictures to captions. Thread-safe.
class CaptionWriter {
 public:
  /// `options.precision`: f32 or bf16; none: bf16 where the processor multiplies it.
  /// Errors: models::open_dual_encoder's; unsupported (the model writes no captions); generate's for its options.
  static Result<std::unique_ptr<CaptionWriter>> open(const std::filesystem::path& model_directory,
                                                     const EncoderOptions& options, const CaptionRequest& request);
  ~CaptionWriter();

  /// Keeps the process within the limit from now on: fewer threads, and pictures that wait for room to be decoded.
  /// Looks at three pictures of nothing to measure what that takes. Call before captioning, from one thread. Errors:
  /// plan_memory's; the model's.
  Result<void> fit_into_memory(const MemoryLimit& limit);

  /// What the request came to.
  const GenerateOptions& options() const;
  /// Of the model: what makes the same captions has the same.
  const std::string& fingerprint() const;

  /// The caption of an encoded picture. Errors: image::decode's; the model's.
  Result<std::string> caption(std::span<const std::byte> bytes) const;

  /// Captions files on as many threads as it has processors, and calls `done(index, caption)` for each, on the calling
  /// thread and in the order of `files`. Stops early when cancelled or when `done` fails. Errors: cancelled; done's.
  Result<void> caption_files(std::span<const std::filesystem::path> files, const CancelToken& cancel,
                             const std::function<Result<void>(std::size_t, Result<std::string>)>& done) const;

 private:
  struct State;
  explicit CaptionWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::encode
