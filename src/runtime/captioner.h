#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/dual_encoder.h"
#include "runtime/caption_past.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

/// The side of a model that writes captions, compiled: two graphs, one run once a picture, one run once a token.
/// Thread-safe: as many threads as options.threads run at once.
class Captioner {
 public:
  /// Errors: unsupported (the model writes no captions; int8); the model's; internal.
  static Result<std::unique_ptr<Captioner>> compile(const models::DualEncoder& model, const RuntimeOptions& options);
  ~Captioner();

  /// pixels [3, S, S] → what the decoder looks at. Errors: invalid_argument, internal.
  Result<std::vector<float>> look(std::span<const float> pixels) const;

  /// ids: rows of one length, [rows, tokens] → scores [rows, vocabulary_size]. Tokens that `past` knows are not read
  /// again, where the model keeps something of them; `past` belongs to one memory. Errors: as look.
  Result<std::vector<float>> next(std::span<const float> memory, std::span<const text::TokenId> ids, int rows,
                                  CaptionPast& past) const;
  /// The same from the first token on.
  Result<std::vector<float>> next(std::span<const float> memory, std::span<const text::TokenId> ids, int rows) const;

 private:
  /// Reads those tokens that `past` does not know yet. ids [rows, tokens] → scores.
  Result<std::vector<float>> read_new(std::span<const float> memory, std::span<const text::TokenId> ids, int rows,
                                      CaptionPast& past) const;
  /// Reads the token behind those of `past`. ids [rows, tokens], the last one new → scores.
  Result<std::vector<float>> step(std::span<const float> memory, std::span<const text::TokenId> ids, int rows,
                                  CaptionPast& past) const;

  struct State;
  explicit Captioner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::runtime
