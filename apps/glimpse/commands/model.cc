#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "encode/encoder.h"
#include "indexing.h"
#include "json_text.h"
#include "library/library.h"
#include "model_store.h"
#include "paths.h"

namespace glimpse::app {

using nlohmann::ordered_json;

namespace {

// An archive is called what it holds: "ViT-B-32", not "ViT-B-32.pt".
std::string default_name(const std::filesystem::path& source) {
  return (std::filesystem::is_regular_file(source) ? source.stem() : source.filename()).string();
}

}  // namespace

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

Result<ExitCode> run_model_add(const CommonFlags& common, const ModelAddFlags& flags) {
  std::error_code ignored;
  const auto directory = std::filesystem::canonical(flags.source, ignored);
  if (ignored) {
    return Error::not_found(
        "{}: expected a model's directory, as huggingface_hub downloads it, or OpenAI's .pt archive", flags.source);
  }
  // A model that cannot embed a word and a picture is refused before anything is copied.
  GLIMPSE_ASSIGN_OR_RETURN(auto encoder, encode::Encoder::open(directory, {.clip_merges = clip_merges()}));
  GLIMPSE_RETURN_IF_ERROR(encoder->embed_text("a picture"));
  GLIMPSE_RETURN_IF_ERROR(encoder->image_model());
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored,
                           store_model(directory, flags.name.empty() ? default_name(directory) : flags.name));
  const auto& info = encoder->info();
  if (common.json) {
    print_json({{"name", stored.name},
                {"family", info.family},
                {"dimension", info.embedding_dimension},
                {"directory", stored.directory.native()}});
  } else {
    fmt::print(stderr, "added {} ({}, dimension {}); 'glimpse model use {}' switches the library to it\n", stored.name,
               info.family, info.embedding_dimension, stored.name);
  }
  return ExitCode::kDone;
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
