#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "json_text.h"
#include "model_store.h"
#include "models/dual_encoder.h"
#include "paths.h"

namespace glimpse::app {

using nlohmann::ordered_json;

Result<ExitCode> run_model_list(const CommonFlags& common) {
  ordered_json list = ordered_json::array();
  for (const auto& stored : stored_models()) {
    const auto model = models::open_dual_encoder(stored.directory, {.clip_merges = clip_merges()});
    if (!model) {
      fmt::print(stderr, "glimpse: model '{}' cannot be used: {}\n", stored.name, model.error().message());
      continue;
    }
    const auto& info = (*model)->info();
    list.push_back({{"name", stored.name},
                    {"family", info.family},
                    {"dimension", info.embedding_dimension},
                    {"directory", stored.directory.native()}});
  }
  if (common.json) {
    print_json({{"models", std::move(list)}});
    return ExitCode::kDone;
  }
  for (const auto& model : list) {
    fmt::print("{}\t{}\t{}\t{}\n", model["name"].get<std::string>(), model["family"].get<std::string>(),
               model["dimension"].get<int>(), model["directory"].get<std::string>());
  }
  return list.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
