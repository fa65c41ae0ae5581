// What an index in memory needs to know of the vectors beyond the rows themselves.
#include "library/library.h"
#include "library/library_state.h"
#include "library/vector_reader.h"

namespace glimpse::library {

Result<void> Library::read_vectors(
    GenerationId generation, std::span<const ImageId> pictures,
    const std::function<void(std::size_t, std::span<const std::uint16_t>)>& visit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const int dimension, dimension_of(*reader, generation));
  VectorReader stored(generation, dimension);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(auto row,
                             reader->query("SELECT halves, checksum FROM vectors WHERE picture = ? AND generation = ?",
                                           pictures[i].value, generation.value));
    GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
    if (!found) continue;
    const auto halves = stored.read(pictures[i], row.blob(0), row.integer(1));
    if (!halves.empty()) visit(i, halves);
  }
  return {};
}

Result<std::int64_t> Library::vector_count(GenerationId generation) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return reader->integer("SELECT count(*) FROM vectors WHERE generation = ?", generation.value);
}

Result<std::int64_t> Library::last_checksum(std::int64_t up_to_sequence) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto row,
      reader->query("SELECT checksum FROM vectors WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1", up_to_sequence));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  return found ? row.integer(0) : 0;
}

}  // namespace glimpse::library
