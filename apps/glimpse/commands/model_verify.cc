#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.h"
#include "commands.h"
#include "encode/encoder.h"
#include "family_golden.h"
#include "hub/manifest.h"
#include "json_text.h"
#include "model_store.h"
#include "models/weights_file.h"
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

/// The goldens of the family on this machine: nothing to compare with is no error, but said.
Result<ordered_json> family_goldens(const std::string& family) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto goldens, run_family_goldens(family, goldens_directory()));
  ordered_json rows = ordered_json::array();
  for (const FamilyGolden& golden : goldens) {
    ordered_json row = {{"layout", golden.layout}};
    if (golden.pictures) row["pictures_cosine"] = *golden.pictures;
    if (golden.words) row["words_cosine"] = *golden.words;
    if (golden.captions > 0) row["equal_captions"] = golden.captions;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What the makers add to the cosine times logit scale: SigLIP's weights have it, others have none.
Result<float> logit_bias(const StoredModel& stored) {
  const auto weights = models::WeightsFile::find(stored.directory, models::kHuggingFaceWeights);
  return weights ? models::WeightsFile(*weights).logit_bias() : 0.0f;
}

/// The repository that a model was published as, whatever it is called here.
std::string repository_of(const StoredModel& stored) {
  const auto manifest = hub::read_manifest(stored.directory);
  return manifest ? manifest->repository : stored.name;
}

Result<ordered_json> compare(encode::Encoder& encoder, const StoredModel& stored,
                             const std::filesystem::path& picture) {
  const std::string repository = repository_of(stored);
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(picture, kMaxPictureBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto image, encoder.embed_image(bytes));
  GLIMPSE_ASSIGN_OR_RETURN(const float bias, logit_bias(stored));
  ordered_json rows = ordered_json::array();
  for (const PublishedValue& value : kPublishedValues) {
    if (value.repository != repository) continue;
    GLIMPSE_ASSIGN_OR_RETURN(const auto words, encoder.embed_text(value.caption));
    const float cosine = std::inner_product(words.begin(), words.end(), image.begin(), 0.0f);
    rows.push_back({{"picture", value.picture},
                    {"caption", value.caption},
                    {"published", value.logit},
                    {"ours", encoder.info().logit_scale * cosine + bias}});
  }
  if (!rows.empty()) return rows;
  return Error::unsupported("--picture: no published values are known for '{}'", repository);
}

void print_report(const ordered_json& report) {
  fmt::print("{}: {}; {}\n", report["name"].get<std::string>(), report["files"].get<std::string>(),
             report["works"].get<std::string>());
  for (const auto& row : report["goldens"]) {
    fmt::print("golden {}", row["layout"].get<std::string>());
    if (row.contains("pictures_cosine")) {
      fmt::print("\tpictures {:.7f}\twords {:.7f}", row["pictures_cosine"].get<double>(),
                 row["words_cosine"].get<double>());
    }
    if (row.contains("equal_captions")) fmt::print("\t{} captions equal", row["equal_captions"].get<int>());
    fmt::print("\n");
  }
  if (report["goldens"].empty()) fmt::print("no golden of this family is in {}\n", display(goldens_directory()));
  for (const auto& row : report.value("published", ordered_json::array())) {
    fmt::print("{}\tpublished {:.4f}\tours {:.4f}\n", row["caption"].get<std::string>(), row["published"].get<float>(),
               row["ours"].get<float>());
  }
}

}  // namespace

Result<ExitCode> run_model_verify(const CommonFlags& common, const ModelVerifyFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, check_files(stored));
  const encode::EncoderOptions options{.precision = runtime::Precision::kF32, .clip_merges = clip_merges()};
  GLIMPSE_ASSIGN_OR_RETURN(const auto tried, try_model(stored.directory, options));
  ordered_json report = {{"name", stored.name}, {"files", files}, {"works", tried.works}};
  GLIMPSE_ASSIGN_OR_RETURN(report["goldens"], family_goldens(tried.info.family));
  if (!flags.picture.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto encoder, encode::Encoder::open(stored.directory, options));
    GLIMPSE_ASSIGN_OR_RETURN(report["published"], compare(*encoder, stored, flags.picture));
  }
  if (common.json) {
    print_json(report);
  } else {
    print_report(report);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
