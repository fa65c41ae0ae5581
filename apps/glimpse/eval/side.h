#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/asked_truth.h"
#include "eval/embed_truth.h"
#include "evaluate/retrieval.h"
#include "flags.h"

namespace glimpse::app {

/// How many of the best pictures of each query are noted down, and shown.
inline constexpr std::size_t kNoted = 10;
inline constexpr std::size_t kShown = 5;

/// What answers: a model (of `common`: --model, --precision, --params, --index) and what it is asked with.
struct Side {
  CommonFlags common;
  std::string prompt;     ///< "" or with {}.
  bool by_index = false;  ///< Rank through the vector index of common.index, kIndexDepth pictures a query.
};

/// How one side answered.
struct SideResult {
  std::string model, precision, params, prompt, index;
  EmbeddedTruth embedded;
  evaluate::Retrieval to_pictures;
  evaluate::Retrieval to_texts;                   ///< Without queries where they come from a file of their own.
  std::vector<std::vector<std::size_t>> answers;  ///< For each text the best kNoted pictures, also where none is right.

  double pictures_per_second() const;
  /// Of the times that embedding a text took, the share `share`: 0.5 the median.
  double words_ms(double share) const;
};

/// Opens the model, embeds pictures and texts, ranks. Errors: open_model's, embed_truth's, the index'.
Result<SideResult> evaluate_side(const Side& side, const AskedTruth& asked, const std::vector<int>& cutoffs);

/// {"model", "precision", "pictures_per_second", "words_ms", "words_ms_p99", "memory_bytes"}, and "prompt", "params",
/// "index" where they were said.
nlohmann::ordered_json side_json(const SideResult& side);

}  // namespace glimpse::app
