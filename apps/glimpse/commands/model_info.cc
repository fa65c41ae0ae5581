#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "hub/manifest.h"
#include "json_text.h"
#include "model_store.h"
#include "models/dual_encoder.h"
#include "paths.h"
#include "runtime/precision_record.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

std::uintmax_t size_of(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) return fs::file_size(directory, ignored);
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory / "", ignored)) {
    if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
  }
  return bytes;
}

}  // namespace

Result<ExitCode> run_model_info(const CommonFlags& common, const ModelInfoFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  GLIMPSE_ASSIGN_OR_RETURN(const auto model,
                           models::open_dual_encoder(stored.directory, {.clip_merges = clip_merges()}));
  const auto& info = model->info();
  const auto& preprocess = model->preprocess();
  ordered_json about = {
      {"name", stored.name},
      {"family", info.family},
      {"dimension", info.embedding_dimension},
      {"context_length", model->context_length()},
      {"vocabulary_size", model->vocabulary_size()},
      {"image_size", preprocess.crop_size},
      {"resize", preprocess.mode == image::ResizeMode::kSquash ? "squash" : "shortest_edge_center_crop"},
      {"logit_scale", info.logit_scale},
      {"writes_captions", model->captions() != nullptr},
      {"matches", model->matching() != nullptr},
      {"int8_calibrated", !model->activation_ranges().empty()},
      {"fingerprint", info.fingerprint},
      {"size_bytes", size_of(stored.directory)},
      {"directory", stored.directory.native()}};
  if (const auto record = runtime::read_precision_record(cache_directory(), info.fingerprint)) {
    about["precision_here"] = std::string(name_of(record->precision));
    for (const auto& trial : record->trials) {
      about["median_cosine_" + std::string(name_of(trial.precision))] = trial.median_cosine;
    }
  }
  if (const auto manifest = hub::read_manifest(stored.directory)) {
    about["repository"] = manifest->repository;
    about["commit"] = manifest->commit;
  }
  if (common.json) {
    print_json(about);
    return ExitCode::kDone;
  }
  for (const auto& [key, value] : about.items()) {
    fmt::print("{}\t{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
