#include "encode/batch_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/hash.h"

namespace glimpse::encode {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kCandidates = {2, 4, kUsualBatch, 16};
constexpr std::size_t kWorthMeasuring = 2000;  // pictures
constexpr std::chrono::milliseconds kMoment(250);
constexpr int kRounds = 2;
constexpr int kMostBatch = 256;
constexpr std::uint64_t kMaxFileBytes = 4096;

Result<double> rate_of(const ImageModel& model, int batch_size, std::chrono::milliseconds moment) {
  const auto edge = static_cast<std::size_t>(model.preprocess.crop_size), batch = static_cast<std::size_t>(batch_size);
  const std::vector<float> pixels(batch * 3 * edge * edge);
  std::vector<Result<void>> outcomes(static_cast<std::size_t>(model.lanes));
  std::atomic<std::int64_t> pictures{0};
  const auto started = Clock::now();
  {
    std::vector<std::jthread> lanes;
    for (Result<void>& outcome : outcomes) {
      lanes.emplace_back([&] {
        std::vector<float> embeddings(batch * static_cast<std::size_t>(model.dimension));
        do {
          outcome = model.embed(pixels, batch_size, embeddings);
          pictures += batch_size;
        } while (outcome && Clock::now() < started + moment);
      });
    }
  }
  for (const Result<void>& outcome : outcomes) GLIMPSE_RETURN_IF_ERROR(outcome);
  return static_cast<double>(pictures) / std::chrono::duration<double>(Clock::now() - started).count();
}

// Three lines: what it is, the key's hash, the batch size; then the hash of the three.
std::string text_of(std::string_view key_hash, int batch_size) {
  const std::string lines = fmt::format("glimpse batch size 1\n{}\n{}\n", key_hash, batch_size);
  return lines + hash128(lines).hex() + "\n";
}

/// Of a whole file of this key.
std::optional<int> batch_size_in(std::string_view text, std::string_view key_hash) {
  const std::size_t begin = std::string_view("glimpse batch size 1\n").size() + key_hash.size() + 1;
  int batch_size = 0;
  if (text.size() > begin) std::from_chars(text.data() + begin, text.data() + text.size(), batch_size);
  if (batch_size < 1 || batch_size > kMostBatch || text != text_of(key_hash, batch_size)) return std::nullopt;
  return batch_size;
}

}  // namespace

int choose_batch(std::span<const BatchRate> rates) {
  const auto rate_less = [](const BatchRate& a, const BatchRate& b) {
    return a.pictures_per_second < b.pictures_per_second;
  };
  const auto best = std::ranges::max_element(rates, rate_less);
  if (best == rates.end()) return kUsualBatch;
  const auto usual = std::ranges::find(rates, kUsualBatch, &BatchRate::batch_size);
  if (usual != rates.end() && best->pictures_per_second <= 1.05 * usual->pictures_per_second) return kUsualBatch;
  return best->batch_size;
}

Result<std::vector<BatchRate>> measure_batches(const ImageModel& model, std::chrono::milliseconds moment, int rounds) {
  std::vector<BatchRate> rates;
  for (const int batch_size : kCandidates) rates.push_back({.batch_size = batch_size});
  for (int round = 0; round < rounds; ++round) {
    for (BatchRate& rate : rates) {
      GLIMPSE_ASSIGN_OR_RETURN(const double now, rate_of(model, rate.batch_size, moment));
      rate.pictures_per_second = std::max(rate.pictures_per_second, now);
    }
  }
  return rates;
}

std::optional<int> read_batch_file(const std::filesystem::path& path, std::string_view key) {
  const auto text = read_text_file(path, kMaxFileBytes);
  return text ? batch_size_in(*text, hash128(key).hex()) : std::nullopt;
}

Result<void> check_batch_file(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, kMaxFileBytes));
  if (batch_size_in(text, path.stem().native())) return {};
  return Error::corruption("{}: no batch size, or a damaged one", display(path));
}

Result<void> write_batch_file(const std::filesystem::path& path, std::string_view key, int batch_size) {
  return write_file_atomically(path, std::string_view(text_of(hash128(key).hex(), batch_size)));
}

Result<int> batch_for(const ImageModel& model, std::size_t pictures) {
  const auto file = model.cache_dir / fmt::format("{}.batch", hash128(model.key).hex());
  const bool keeps = !model.cache_dir.empty() && !model.key.empty();
  if (keeps) {
    if (const auto known = read_batch_file(file, model.key)) return *known;
  }
  if (pictures < kWorthMeasuring) return kUsualBatch;
  GLIMPSE_ASSIGN_OR_RETURN(const auto rates, measure_batches(model, kMoment, kRounds));
  const int batch_size = choose_batch(rates);
  if (keeps) static_cast<void>(write_batch_file(file, model.key, batch_size));  // else it is measured again next time
  return batch_size;
}

}  // namespace glimpse::encode
