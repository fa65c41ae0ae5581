#pragma once

#include <vector>

#include "encode/generate.h"

// Internal to this room: generate.cc's Choice::kBeam.
namespace glimpse::encode {

Result<std::vector<text::TokenId>> beam_search(const models::CaptionModel::Tokens& tokens, const NextScores& next,
                                               const GenerateOptions& options);

/// The start token and the prompt.
std::vector<text::TokenId> first_row(const models::CaptionModel::Tokens& tokens, const GenerateOptions& options);

/// What every choice does to a row's scores first: no end before min_length, and the penalty on what is said already.
void process_scores(std::span<float> scores, std::span<const text::TokenId> row,
                    const models::CaptionModel::Tokens& tokens, const GenerateOptions& options);

}  // namespace glimpse::encode
