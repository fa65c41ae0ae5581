#include <fmt/core.h>

#include <algorithm>
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
#include "try_model.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;
constexpr std::uint64_t kMaxPictureBytes = 256'000'000;

/// Whether the files are what was downloaded; nothing to compare with is not an error, but said.
Result<std::string> check_files(const StoredModel& stored) {
  const auto manifest = hub::read_manifest(stored.directory);
  if (!manifest && manifest.error().code() == ErrorCode::kNotFound) return std::string("no manifest");
  GLIMPSE_RETURN_IF_ERROR(manifest);
  GLIMPSE_RETURN_IF_ERROR(hub::verify(*manifest, stored.directory));
  return fmt::format("{} files as downloaded", manifest->files.size());
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
  const encode::EncoderOptions options{.precision = runtime::Precision::kF32, .clip_merges = clip_merges()};
  GLIMPSE_ASSIGN_OR_RETURN(const auto tried, try_model(stored.directory, options));
  ordered_json report = {{"name", stored.name}, {"files", files}, {"works", tried.works}};
  if (!flags.picture.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto encoder, encode::Encoder::open(stored.directory, options));
    GLIMPSE_ASSIGN_OR_RETURN(report["published"], compare(*encoder, stored, flags.picture));
  }
  if (common.json) {
    print_json(report);
    return ExitCode::kDone;
  }
  fmt::print("{}: {}; {}\n", stored.name, files, tried.works);
  for (const auto& row : report.value("published", ordered_json::array())) {
    fmt::print("{}\tpublished {:.4f}\tours {:.4f}\n", row["caption"].get<std::string>(), row["published"].get<float>(),
               row["ours"].get<float>());
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
