#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.h"
#include "commands.h"
#include "encode/encoder.h"
#include "hub/manifest.h"
#include "json_text.h"
#include "model_store.h"
#include "paths.h"
#include "published_values.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;
constexpr std::uint64_t kMaxPictureBytes = 256'000'000;

/// A picture to try the tower on: 64 x 64 pixels of colour as a BMP.
std::vector<std::byte> sample_picture() {
  constexpr std::uint32_t kSide = 64, kHeader = 54;
  std::vector<std::byte> bmp(kHeader + kSide * kSide * 3);
  const auto put = [&](std::size_t at, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bmp[at + i] = static_cast<std::byte>(value >> (8 * i));
  };
  put(0, 0x4d42, 2);  // "BM"
  put(2, static_cast<std::uint32_t>(bmp.size()), 4);
  put(10, kHeader, 4);
  put(14, 40, 4);
  put(18, kSide, 4);
  put(22, kSide, 4);
  put(26, 1, 2);
  put(28, 24, 2);
  for (std::uint32_t i = 0; i < kSide * kSide; ++i) put(kHeader + 3 * i, i * 0x010305u, 3);
  return bmp;
}

bool is_unit(const std::vector<float>& vector) {
  const float length = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0f));
  return std::abs(length - 1) < 1e-3f;  // false for NaN too
}

/// Whether the files are what was downloaded; nothing to compare with is not an error, but said.
Result<std::string> check_files(const StoredModel& stored) {
  const auto manifest = hub::read_manifest(stored.directory);
  if (!manifest && manifest.error().code() == ErrorCode::kNotFound) return std::string("no manifest");
  GLIMPSE_RETURN_IF_ERROR(manifest);
  GLIMPSE_RETURN_IF_ERROR(hub::verify(*manifest, stored.directory));
  return fmt::format("{} files as downloaded", manifest->files.size());
}

Result<void> check_towers(encode::Encoder& encoder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto words, encoder.embed_text("a photo of a cat"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, encoder.embed_image(sample_picture()));
  if (is_unit(words) && is_unit(picture)) return {};
  return Error::corruption("'{}': its towers do not give unit vectors: the weights are damaged", encoder.info().name);
}

Result<ordered_json> compare(encode::Encoder& encoder, const StoredModel& stored,
                             const std::filesystem::path& picture) {
  const auto row = std::ranges::find(kPublishedValues, stored.name, &PublishedValues::repository);
  if (row == kPublishedValues.end()) {
    return Error::unsupported("--picture: no published values are known for '{}'", stored.name);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(picture, kMaxPictureBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto image, encoder.embed_image(bytes));
  ordered_json rows = ordered_json::array();
  for (std::size_t i = 0; i < row->captions.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto words, encoder.embed_text(row->captions[i]));
    const float logit =
        encoder.info().logit_scale * std::inner_product(words.begin(), words.end(), image.begin(), 0.0f);
    rows.push_back({{"caption", row->captions[i]}, {"published", row->logits[i]}, {"ours", logit}});
  }
  return rows;
}

}  // namespace

Result<ExitCode> run_model_verify(const CommonFlags& common, const ModelVerifyFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, check_files(stored));
  GLIMPSE_ASSIGN_OR_RETURN(auto encoder, encode::Encoder::open(stored.directory, {.precision = runtime::Precision::kF32,
                                                                                  .clip_merges = clip_merges()}));
  GLIMPSE_RETURN_IF_ERROR(check_towers(*encoder));
  ordered_json report = {{"name", stored.name}, {"files", files}, {"towers", "give unit vectors"}};
  if (!flags.picture.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(report["published"], compare(*encoder, stored, flags.picture));
  }
  if (common.json) {
    print_json(report);
    return ExitCode::kDone;
  }
  fmt::print("{}: {}; both towers give unit vectors\n", stored.name, files);
  for (const auto& row : report.value("published", ordered_json::array())) {
    fmt::print("{}\tpublished {:.4f}\tours {:.4f}\n", row["caption"].get<std::string>(), row["published"].get<float>(),
               row["ours"].get<float>());
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
