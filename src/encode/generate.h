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

/// How a caption is searched for. The two programs differ beside their defaults, which default_options() has:
///  - open_clip compares sums of raw scores, transformers of log-probabilities;
///  - a finished sentence's sum is divided by its length, which in transformers begins after the start and the prompt;
///  - transformers ends a search when no sentence that still runs can beat the finished ones, open_clip when nothing
///    that was in the last choice could;
///  - without beams, open_clip puts the end into the last place, and takes padding for one.
struct GenerateOptions {
  models::CaptionRules rules = models::CaptionRules::kOpenClip;
  Choice choice = Choice::kBeam;
  int beams = 6;        ///< 2 to 64.
  int beam_groups = 3;  ///< Divides beams.
  int top_k = 1;
  float temperature = 1;  ///< Of kTopK: above 0.
  float repetition_penalty =
      1;               ///< What a score is divided by, or multiplied when it is negative, for tokens there are.
  int min_length = 5;  ///< No end before so many tokens, the start included.
  int max_length = 30;
  std::uint64_t seed = 0;                  ///< Of kTopK.
  std::vector<text::TokenId> prompt = {};  ///< What every caption begins with, after the start token.
};

/// What the program itself does when it is told nothing: open_clip's CoCa.generate(), transformers' generate().
GenerateOptions default_options(models::CaptionRules rules);

/// Errors: invalid_argument, for options that are impossible with these tokens.
Result<void> check_options(const models::CaptionModel::Tokens& tokens, const GenerateOptions& options);

/// ids [rows, tokens], rows of one length → scores [rows, vocabulary_size].
using NextScores = std::function<Result<std::vector<float>>(std::span<const text::TokenId> ids, int rows)>;

/// The ids of one caption, from the start token on; with the end token, unless the length was used up.
/// Errors: check_options's; next's.
/// Source: open_clip, coca_model.py, with transformers 4.49, BeamSearchScorer; transformers 5.24,
/// generation/utils.py (_sample, _beam_search). Length penalty 1, no early stopping.
Result<std::vector<text::TokenId>> generate(const models::CaptionModel::Tokens& tokens, const NextScores& next,
                                            const GenerateOptions& options);

}  // namespace glimpse::encode
