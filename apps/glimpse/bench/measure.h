#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "bench/report.h"
#include "bench/sample_pictures.h"
#include "flags.h"
#include "open_model.h"

namespace glimpse::app {

/// Decodes and prepares samples for a model, on `lanes` threads, about `seconds` for each figure.
Result<PictureRates> measure_pictures(const SamplePictures& samples, const image::PreprocessSpec& spec, int lanes,
                                      double seconds);

/// The picture tower in one arithmetic on ready tensors, in batches and streams as indexing has them. A processor or a
/// model without that arithmetic is no error: TowerRate::unavailable says why. `streams` is set.
Result<TowerRate> measure_tower(const CommonFlags& common, runtime::Precision precision, double seconds, int& streams);

/// Words to vector, warm: sentences of 3 to 8 words, no two alike.
Result<Percentiles> measure_query(encode::Encoder& encoder, double seconds);

/// What a sentence of five words takes at the least, read on `threads` processors.
Result<WordsLimits> measure_words_limits(const models::DualEncoder& model, int threads, double seconds);
/// Five words to vector, warm, in one arithmetic: f32 or bf16.
Result<WordsRate> measure_words(const CommonFlags& common, runtime::Precision precision, double seconds);

/// The ten nearest of 100,000 random vectors, on `threads` processors.
Result<SearchTimes> measure_search(int dimension, int threads, double seconds);

/// Indexes the folder into a temporary library until it is done or `seconds` have passed; the model is loaded before.
/// Errors: not_found when nothing was indexed; cancelled; the indexer's.
Result<IndexRate> measure_index(OpenModel& model, const std::filesystem::path& folder, double seconds,
                                CancelToken& cancel);

}  // namespace glimpse::app
