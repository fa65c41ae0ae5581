#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/encoder.h"

namespace glimpse::encode {

/// Says whether words belong to pictures. Thread-safe.
class PictureMatcher {
 public:
  /// `options.precision`: f32 or bf16; none: bf16 where the processor multiplies it.
  /// Errors: models::open_dual_encoder's; unsupported (the model has no matching head).
  static Result<std::unique_ptr<PictureMatcher>> open(const std::filesystem::path& model_directory,
                                                      const EncoderOptions& options);
  ~PictureMatcher();

  /// For each file the probability, 0 to 1, that the words belong to it, or why it could not be read. Files are read
  /// and looked at on as many threads as it has processors. Words beyond the model's context are cut off.
  std::vector<Result<float>> match(std::string_view words, std::span<const std::filesystem::path> files) const;

 private:
  struct State;
  explicit PictureMatcher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::encode
