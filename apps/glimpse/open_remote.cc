#include "open_remote.h"

#include <utility>

#include "base/hash.h"
#include "model_store.h"

namespace glimpse::app {
namespace {

library::Generation generation_of(const OpenModel& model) {
  const auto& info = model.encoder->info();
  library::Generation generation;
  generation.model = model.stored.name;
  generation.fingerprint = info.fingerprint;
  generation.dimension = info.embedding_dimension;
  generation.state = library::GenerationState::kActive;
  // 52 bits, as JavaScript holds them.
  generation.id = {static_cast<std::int64_t>(hash128(info.fingerprint).low >> 12)};
  return generation;
}

Result<OpenModel> model_for(const CommonFlags& common, const qdrant::Store& store, const qdrant::Target& target) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto facts, store.model_of(target));
  const bool named = facts && common.model.empty() && find_model(facts->model).has_value();
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(common, named ? facts->model : kDefaultModel));
  GLIMPSE_RETURN_IF_ERROR(store.check(target, generation_of(model)));
  return model;
}

}  // namespace

Result<std::optional<OpenRemote>> try_open_remote(const CommonFlags& common, const qdrant::Store& store,
                                                  const RemoteFiles& files, FirstQuery first, RemoteUse use) {
  GLIMPSE_ASSIGN_OR_RETURN(auto target, store.find());
  if (!target) return std::optional<OpenRemote>();
  OpenRemote open{.target = *std::move(target), .generation = {}, .model = {}, .engine = nullptr};
  GLIMPSE_ASSIGN_OR_RETURN(open.model, model_for(common, store, open.target));
  open.generation = generation_of(open.model);
  if (first == FirstQuery::kWords) GLIMPSE_RETURN_IF_ERROR(open.model.encoder->load_text_tower());
  search::RemoteOptions options{.collection = open.target.collection,
                                .hnsw_ef = common.store.hnsw_ef,
                                .exact = common.store.exact,
                                .ordered_by_time = open.target.info.indexed.contains("modified_at"),
                                .serving = use == RemoteUse::kServer,
                                .locate = [&files](const qdrant::Payload& payload) { return files.locate(payload); }};
  open.engine = std::make_unique<search::RemoteEngine>(store.client(), *open.model.encoder, std::move(options));
  return std::optional(std::move(open));
}

Error no_collection(const qdrant::Store& store) {
  return Error::not_found(
      "Qdrant at {} has no collection '{}': run 'glimpse index FOLDER' with QDRANT_URL set, or name "
      "another one with --collection",
      store.client().server(), store.name());
}

}  // namespace glimpse::app
