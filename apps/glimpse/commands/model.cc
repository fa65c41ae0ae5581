#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "encode/encoder.h"
#include "indexing.h"
#include "json_text.h"
#include "library/library.h"
#include "model_store.h"
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

// Embeds beside the old vectors, which answer meanwhile; interrupted, it goes on where it stopped.
Result<ExitCode> run_model_use(const CommonFlags& common, const ModelUseFlags& flags) {
  CommonFlags chosen = common;
  chosen.model = flags.name;
  GLIMPSE_ASSIGN_OR_RETURN(auto library, library::Library::open(common.library, {.create = true}));
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(chosen, flags.name));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_of(*library, model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto known, library->roots());
  std::vector<library::RootId> roots;
  for (const auto& root : known) roots.push_back(root.id);
  GLIMPSE_ASSIGN_OR_RETURN(const auto timed, run_indexer(*library, generation, model, roots, common, {}));
  GLIMPSE_RETURN_IF_ERROR(library->activate(generation.id));
  if (common.json) {
    print_json({{"model", model.stored.name},
                {"dimension", generation.dimension},
                {"embedded", timed.report.embedded},
                {"seconds", timed.seconds}});
  } else {
    fmt::print(stderr, "the library now answers with {}\n", model.stored.name);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
