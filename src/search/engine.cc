// A query becomes a vector, the vector its nearest neighbours, the neighbours rows of the catalogue. Before each search
// the library's version counter is asked, which costs microseconds; only when it moved is the index brought up to date.
#include "search/engine.h"

#include <unordered_map>
#include <utility>

#include "search/captions.h"
#include "search/stopwatch.h"

namespace glimpse::search {
namespace {

Result<void> check_same_model(const library::Generation& generation, const models::ModelInfo& model) {
  if (model.fingerprint == generation.fingerprint && model.embedding_dimension == generation.dimension) return {};
  return Error::invalid_argument(
      "model generation {}: its vectors were made by '{}' (fingerprint {}, dimension {}), the query's model has "
      "fingerprint {} and dimension {}: they cannot be compared",
      generation.id.value, generation.model, generation.fingerprint, generation.dimension, model.fingerprint,
      model.embedding_dimension);
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const library::Library& library, const library::Generation& generation,
                                             encode::Encoder& encoder, const library::LoadOptions& index) {
  GLIMPSE_RETURN_IF_ERROR(check_same_model(generation, encoder.info()));
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, library.data_version());
  GLIMPSE_ASSIGN_OR_RETURN(auto loaded, library::LoadedIndex::load(library, generation, index));
  return std::unique_ptr<Engine>(new Engine(library, encoder, std::move(loaded), version));
}

Result<Hits> Engine::by_text(std::string_view words, Page page) {
  const Stopwatch watch;
  GLIMPSE_ASSIGN_OR_RETURN(const auto query, encoder_.embed_text(words));
  const double encode_ms = watch.milliseconds();
  GLIMPSE_ASSIGN_OR_RETURN(auto hits, nearest(query, page));
  hits.encode_ms = encode_ms;
  return hits;
}

Result<Hits> Engine::by_image(std::span<const std::byte> bytes, Page page) {
  const Stopwatch watch;
  GLIMPSE_ASSIGN_OR_RETURN(const auto query, encoder_.embed_image(bytes));
  const double encode_ms = watch.milliseconds();
  GLIMPSE_ASSIGN_OR_RETURN(auto hits, nearest(query, page));
  hits.encode_ms = encode_ms;
  return hits;
}

Result<Hits> Engine::by_likeness(library::ImageId id, Page page) {
  const auto query = library_.vector_of(loaded_->generation(), id);
  if (!query && query.error().code() == ErrorCode::kNotFound && !library_.vector_marks(loaded_->generation())) {
    return Error::unavailable("the library is changing over to another model: ask again in a moment");
  }
  GLIMPSE_RETURN_IF_ERROR(query);
  return nearest(*query, page, {.except = id});
}

Result<void> Engine::take_over_changes() {
  const std::lock_guard lock(refreshing_);
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, library_.data_version());
  if (version == data_version_) return {};
  GLIMPSE_RETURN_IF_ERROR(loaded_->refresh());
  data_version_ = version;
  return {};
}

Result<Hits> Engine::nearest(std::span<const float> query, Page page, const index::SearchOptions& options) {
  const Stopwatch watch;
  GLIMPSE_RETURN_IF_ERROR(take_over_changes());
  const auto index = loaded_->index();
  GLIMPSE_ASSIGN_OR_RETURN(const auto neighbors, index->nearest(query, page.offset + page.limit, options));
  Hits answer;
  answer.compared = static_cast<std::int64_t>(index->size());
  std::vector<library::ImageId> ids;
  std::unordered_map<library::ImageId, float> scores;
  for (std::size_t i = page.offset; i < neighbors.size(); ++i) {
    ids.push_back(neighbors[i].id);
    scores.emplace(neighbors[i].id, neighbors[i].score);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto pictures, library_.pictures(ids));
  for (auto& picture : pictures) {
    const float score = scores.at(picture.id);
    answer.hits.push_back({std::move(picture), score});
  }
  GLIMPSE_RETURN_IF_ERROR(add_captions(library_, answer.hits));
  answer.search_ms = watch.milliseconds();
  return answer;
}

}  // namespace glimpse::search
