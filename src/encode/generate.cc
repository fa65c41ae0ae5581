#include "encode/generate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "encode/beam_search.h"

namespace glimpse::encode {
namespace {

using text::TokenId;
using Tokens = models::CaptionModel::Tokens;

TokenId best_of(std::span<const float> scores) {
  return static_cast<TokenId>(std::ranges::max_element(scores) - scores.begin());
}

TokenId drawn_from(std::span<const float> scores, const GenerateOptions& options, std::mt19937_64& random) {
  std::vector<TokenId> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<TokenId>(i);
  const auto score = [&](TokenId id) { return scores[static_cast<std::size_t>(id)]; };
  const auto kept = order.begin() + options.top_k;
  std::partial_sort(order.begin(), kept, order.end(), [&](TokenId a, TokenId b) { return score(a) > score(b); });
  std::vector<double> weights;
  for (auto id = order.begin(); id != kept; ++id) {
    weights.push_back(std::exp((score(*id) - score(order.front())) / options.temperature));
  }
  return order[std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random)];
}

Result<std::vector<TokenId>> one_by_one(const Tokens& tokens, const NextScores& next, const GenerateOptions& options) {
  const bool open_clip = options.rules == models::CaptionRules::kOpenClip;
  std::mt19937_64 random(options.seed);
  std::vector<TokenId> row = first_row(tokens, options);
  while (row.back() != tokens.end && std::ssize(row) < options.max_length) {
    if (open_clip && row.back() == tokens.pad) break;
    // open_clip fills the last place with the end, whatever the scores say.
    if (open_clip && std::ssize(row) + 1 == options.max_length) {
      row.push_back(tokens.end);
      break;
    }
    GLIMPSE_ASSIGN_OR_RETURN(auto scores, next(row, 1));
    process_scores(scores, row, tokens, options);
    row.push_back(options.choice == Choice::kGreedy ? best_of(scores) : drawn_from(scores, options, random));
  }
  return row;
}

}  // namespace

GenerateOptions default_options(models::CaptionRules rules) {
  switch (rules) {
    case models::CaptionRules::kOpenClip:
      return {};
    case models::CaptionRules::kTransformers:
      return {
          .rules = rules, .choice = Choice::kGreedy, .beams = 3, .beam_groups = 1, .min_length = 0, .max_length = 20};
  }
  return {};
}

std::vector<TokenId> first_row(const Tokens& tokens, const GenerateOptions& options) {
  std::vector<TokenId> row = {tokens.start};
  row.insert(row.end(), options.prompt.begin(), options.prompt.end());
  return row;
}

Result<void> check_options(const Tokens& tokens, const GenerateOptions& o) {
  const bool beams = o.beams >= 2 && o.beams <= 64 && o.beam_groups >= 1 && o.beams % o.beam_groups == 0;
  if (o.choice == Choice::kBeam && !beams) {
    return Error::invalid_argument("captions: expected 2 to 64 beams in groups of one size, got {} in {} groups",
                                   o.beams, o.beam_groups);
  }
  if (o.max_length <= o.min_length || o.max_length > tokens.context_length) {
    return Error::invalid_argument("captions: expected a length above {} and up to {}, got {}", o.min_length,
                                   tokens.context_length, o.max_length);
  }
  if (o.choice == Choice::kTopK && (o.top_k < 1 || o.top_k > tokens.vocabulary_size || !(o.temperature > 0))) {
    return Error::invalid_argument("captions: expected a top-k of 1 to {} and a temperature above 0, got {} and {}",
                                   tokens.vocabulary_size, o.top_k, o.temperature);
  }
  if (std::ssize(o.prompt) + 1 >= o.max_length) {
    return Error::invalid_argument("captions: the prompt has {} tokens, which leaves no room up to {}", o.prompt.size(),
                                   o.max_length);
  }
  if (!(o.repetition_penalty > 0)) {
    return Error::invalid_argument("captions: expected a repetition penalty above 0, got {}", o.repetition_penalty);
  }
  return {};
}

void process_scores(std::span<float> scores, std::span<const TokenId> row, const Tokens& tokens,
                    const GenerateOptions& options) {
  if (std::ssize(row) < options.min_length) {
    scores[static_cast<std::size_t>(tokens.end)] = -std::numeric_limits<float>::infinity();
  }
  if (options.repetition_penalty == 1) return;
  std::vector<TokenId> said(row.begin(), row.end());
  std::ranges::sort(said);
  said.erase(std::unique(said.begin(), said.end()), said.end());
  for (const TokenId id : said) {
    float& score = scores[static_cast<std::size_t>(id)];
    score = score < 0 ? score * options.repetition_penalty : score / options.repetition_penalty;
  }
}

Result<std::vector<TokenId>> generate(const Tokens& tokens, const NextScores& next, const GenerateOptions& options) {
  GLIMPSE_RETURN_IF_ERROR(check_options(tokens, options));
  return options.choice == Choice::kBeam ? beam_search(tokens, next, options) : one_by_one(tokens, next, options);
}

}  // namespace glimpse::encode
