#include "analysis/stored_vectors.h"

namespace glimpse::app {

Result<std::unique_ptr<StoredVectors>> StoredVectors::of(const std::filesystem::path& library_directory,
                                                         const std::filesystem::path& folder) {
  auto library = library::Library::open(library_directory, {.access = library::Access::kReadOnly});
  if (!library && library.error().code() == ErrorCode::kNotFound) return nullptr;
  GLIMPSE_RETURN_IF_ERROR(library);
  GLIMPSE_ASSIGN_OR_RETURN(const auto place, (*library)->place_of(folder));
  if (!place) return nullptr;
  std::unique_ptr<StoredVectors> stored(new StoredVectors(*std::move(library)));
  GLIMPSE_ASSIGN_OR_RETURN(stored->active_, stored->library_->active_generation());
  return stored;
}

Result<bool> StoredVectors::choose(const std::string& fingerprint) {
  chosen_.reset();
  GLIMPSE_ASSIGN_OR_RETURN(const auto generations, library_->generations());
  for (const library::Generation& generation : generations) {
    if (generation.fingerprint == fingerprint) chosen_ = generation.id;
  }
  return chosen_.has_value();
}

std::vector<float> StoredVectors::find(const Hash128& content, std::uint64_t size_bytes) const {
  if (!chosen_) return {};
  auto vector = library_->vector_of_content(*chosen_, content, size_bytes);
  return vector && *vector ? **std::move(vector) : std::vector<float>();
}

}  // namespace glimpse::app
