#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/caption_model.h"

namespace glimpse::encode {

/// How the next token is chosen.
enum class Choice {
  kBeam,    ///< Several sentences side by side, in groups that are ranked apart; the best one at the end.
  kGreedy,  ///< The best token each time.
  kTopK,    ///< One of the best `top_k` by its probability.
};

/// The defaults are those of open_clip's CoCa.generate().
struct GenerateOptions {
  Choice choice = Choice::kBeam;
  int beams = 6;        ///< 2 to 64.
  int beam_groups = 3;  ///< Divides beams.
  int top_k = 1;
  float temperature = 1;  ///< Of kTopK: above 0.
  float repetition_penalty =
      1;               ///< What a score is divided by, or multiplied when it is negative, for tokens there are.
  int min_length = 5;  ///< No end before so many tokens, the start included.
  int max_length = 30;
  std::uint64_t seed = 0;  ///< Of kTopK.
};

/// Errors: invalid_argument, for options that are impossible with these tokens.
Result<void> check_options(const models::CaptionModel::Tokens& tokens, const GenerateOptions& options);

/// ids [rows, tokens], rows of one length → scores [rows, vocabulary_size].
using NextScores = std::function<Result<std::vector<float>>(std::span<const text::TokenId> ids, int rows)>;

/// The ids of one caption, from the start token on; with the end token, unless the length was used up.
/// Errors: check_options's; next's.
/// Source: open_clip, coca_model.py; transformers 4.49, BeamSearchScorer (length penalty 1).
Result<std::vector<text::TokenId>> generate(const models::CaptionModel::Tokens& tokens, const NextScores& next,
                                            const GenerateOptions& options);

}  // namespace glimpse::encode
