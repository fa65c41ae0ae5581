#pragma once

#include <string>

#include "base/result.h"
#include "encode/picture_sample.h"
#include "models/dual_encoder.h"
#include "runtime/precision_record.h"

namespace glimpse::encode {

/// Pictures that a trial is made on: two thirds to measure ranges of activations, the rest to compare embeddings.
inline constexpr int kTrialPictures = 48;
/// A trial of a ViT-B/32 takes seven seconds, in which bf16 embeds some 300 pictures; with int8 in place of bf16 that
/// is won back after about this many. With fewer no trial is made.
inline constexpr std::size_t kWorthATrial = 1000;
/// A precision is close enough to f32 when the median cosine of the embeddings is at least this.
inline constexpr double kLeastMedianCosine = 0.995;

/// Finds the quickest precision that is native to this processor and close enough to f32 for this model: int8, bf16,
/// else f32. Where the model has no ranges of its own they are measured first, on other pictures than are compared.
/// Words are tried in bf16, on sentences that come with the program. threads: as RuntimeOptions. Errors:
/// invalid_argument (under three pictures); the model's.
Result<runtime::PrecisionRecord> try_precisions(const models::DualEncoder& model, const PictureSample& sample,
                                                int threads);

/// What a trial found, for people: "int8: median cosine to f32 0.9993 over 16 pictures".
std::string describe(const runtime::PrecisionRecord& record);

}  // namespace glimpse::encode
