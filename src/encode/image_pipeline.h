#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/hash.h"
#include "base/result.h"
#include "image/decode.h"
#include "image/preprocess.h"

namespace glimpse::encode {

/// A picture to embed. `tag` is the caller's and comes back with the outcome.
struct ImageJob {
  std::uint64_t tag = 0;
  std::filesystem::path path;
};

/// What became of one job.
struct ImageOutcome {
  std::uint64_t tag = 0;
  std::uint64_t size_bytes = 0;
  Hash128 content;
  image::ImageHeader header;
  std::vector<float> embedding;  ///< [dimension], unit norm. Empty when failed or already known.
  std::optional<Error> error;    ///< Why there is no embedding.
  bool known = false;            ///< `already_known` said so: neither decoded nor embedded.
};

/// The most that was in memory at once.
struct PipelinePeaks {
  std::uint64_t read_ahead_bytes = 0;
  std::uint64_t decoded_bytes = 0;
};

/// The model as the pipeline sees it.
struct ImageModel {
  image::PreprocessSpec preprocess;
  int dimension = 0;
  int lanes = 1;                    ///< How many calls of `embed` make progress at once: one for each processor.
  std::string key;                  ///< Names the model as it runs here: runtime::ImageTower::key.
  std::filesystem::path cache_dir;  ///< For what is measured of it; empty: nothing is kept.
  /// [count, 3, S, S] → [count, dimension]. Called from every lane at once.
  std::function<Result<void>(std::span<const float> pixels, int count, std::span<float> embeddings)> embed;
};

/// Shrinking while loading keeps this many times the model's edge: below 2 the box filter of the JPEG decoder would be
/// visible in the embedding.
inline constexpr int kShrinkMargin = 2;

struct PipelineOptions {
  int batch_size = 8;  ///< Pictures that a lane embeds at once.
  bool exact = false;  ///< Decode every pixel, as the reference does; otherwise large JPEGs are shrunk while loading.
  image::DecodeLimits limits = {};
  std::uint64_t read_ahead_bytes = 128ull << 20;  ///< Encoded bytes held in memory at most (one file may exceed it).
  /// What decoding may take at most in all lanes, by image::decode_cost (one picture may exceed it, and is then decoded
  /// alone). 0: each lane decodes as it comes.
  std::uint64_t decoded_bytes = 0;
  PipelinePeaks* peaks = nullptr;  ///< Filled in at the end of the run.
  /// Sees each picture as it was decoded, before its outcome is handed over. Called from several threads. May be null.
  std::function<void(std::uint64_t tag, const image::Image&)> look = {};
};

/// Embeds pictures, reading ahead on one thread, decoding and embedding on `model.lanes` + 1 threads, and handing
/// outcomes to `sink` on the calling thread, in no particular order.
///
/// A lane decodes a batch and then embeds it on its own processor: all processors stay busy without any hand-over
/// between a decoding and an embedding side that would have to be balanced. Memory is bounded by read_ahead_bytes, one
/// decoded picture (all of them together by decoded_bytes) and one batch for each lane, and a short queue of outcomes.
///
/// - next: the next job, or nothing at the end. Called from one thread.
/// - already_known: asked with a file's content hash and size before decoding. Called from several threads. May be
/// null.
/// - sink: an error from it stops the run and is returned.
///
/// A picture that cannot be embedded is an outcome, never an error of the run. Errors: cancelled; sink's; the model's.
Result<void> run_image_pipeline(const ImageModel& model, const PipelineOptions& options,
                                const std::function<std::optional<ImageJob>()>& next,
                                const std::function<bool(Hash128, std::uint64_t)>& already_known,
                                const std::function<Result<void>(ImageOutcome)>& sink, const CancelToken& cancel);

}  // namespace glimpse::encode
