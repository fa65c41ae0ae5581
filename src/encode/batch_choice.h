#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/image_pipeline.h"

namespace glimpse::encode {

/// How fast a batch size was.
struct BatchRate {
  int batch_size = 0;
  double pictures_per_second = 0;
};

/// The fastest batch size; but kUsualBatch, when it is among them, unless another is faster by more than a twentieth,
/// for a busy machine measures no better. kUsualBatch when there are none.
int choose_batch(std::span<const BatchRate> rates);
inline constexpr int kUsualBatch = 8;

/// Keeps every lane of the model busy with batches of 2, 4, 8 and 16 pictures in turn, `rounds` times for `moment`
/// each. The best of the rounds counts: what else runs on the machine only makes a round slower. Errors: the model's.
Result<std::vector<BatchRate>> measure_batches(const ImageModel& model, std::chrono::milliseconds moment, int rounds);

/// The batch size to embed `pictures` pictures with: what was measured on this machine before, for this model,
/// precision and threads; else, when they are so many that two seconds are little, what is measured now, and kept in
/// the model's cache directory (docs/formats/batch-size.md); else kUsualBatch. Errors: the model's.
Result<int> batch_for(const ImageModel& model, std::size_t pictures);

/// What the file says, when it is whole and for this key.
std::optional<int> read_batch_file(const std::filesystem::path& path, std::string_view key);
/// Whether the file is whole, for whatever key. Errors: corruption; not_found, io.
Result<void> check_batch_file(const std::filesystem::path& path);
/// Errors: io.
Result<void> write_batch_file(const std::filesystem::path& path, std::string_view key, int batch_size);

}  // namespace glimpse::encode
