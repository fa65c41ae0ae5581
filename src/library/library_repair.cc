// Mending and copying a library. What is forgotten here can be made again from the pictures; what cannot stays, damaged
// or not, for a person to decide.
#include "base/file.h"
#include "library/caption_rows.h"
#include "library/library.h"
#include "library/library_check.h"
#include "library/library_state.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

/// Sequences of the damaged vectors of one generation; of all when it is 0, also of generations that are not there.
Result<std::vector<std::int64_t>> damaged_vectors(Connection& connection, GenerationId generation) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, connection.query("SELECT v.sequence, v.picture, v.generation, v.halves, "
                                                       "v.checksum, g.dimension FROM vectors v "
                                                       "LEFT JOIN generations g ON g.id = v.generation "
                                                       "WHERE ?1 = 0 OR v.generation = ?1",
                                                       generation.value));
  std::vector<std::int64_t> damaged;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return damaged;
    const auto halves = rows.blob(3);
    const bool right_size = static_cast<std::int64_t>(halves.size()) == 2 * rows.integer(5);
    const auto sum = vector_checksum({rows.integer(1)}, {rows.integer(2)}, halves);
    if (!right_size || sum != rows.integer(4)) damaged.push_back(rows.integer(0));
  }
}

Result<void> erase_vectors(Connection& writer, const std::vector<std::int64_t>& sequences) {
  // The index may know the row by what it was before: without this, SQLite would refuse to delete it.
  GLIMPSE_RETURN_IF_ERROR(writer.run("REINDEX vectors"));
  for (const auto sequence : sequences) {
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM vectors WHERE sequence = ?", sequence));
  }
  return {};
}

/// Whether SQLite finds fault with anything, as an index that disagrees with its table.
Result<bool> structure_is_sound(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(auto row, connection.query("PRAGMA integrity_check(1)"));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  return found && row.text(0) == "ok";
}

constexpr const char* kDamagedPictures =
    "SELECT p.id, r.path, p.name FROM pictures p LEFT JOIN roots r ON r.id = p.root WHERE p.id IN "
    "(SELECT id FROM pictures WHERE checksum IS NOT " GLIMPSE_PICTURE_SUM
    " UNION SELECT picture FROM details WHERE checksum IS NOT " GLIMPSE_DETAILS_SUM ")";

}  // namespace

Result<Repair> Library::repair() {
  return state_->write([](Connection& writer) -> Result<Repair> {
    Repair repair;
    GLIMPSE_ASSIGN_OR_RETURN(const bool sound, structure_is_sound(writer));
    if (!sound) {
      GLIMPSE_RETURN_IF_ERROR(writer.run("REINDEX"));
      repair.rebuilt_indexes = true;
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto damaged, damaged_vectors(writer, {0}));
    if (!damaged.empty()) GLIMPSE_RETURN_IF_ERROR(erase_vectors(writer, damaged));
    repair.vectors = static_cast<std::int64_t>(damaged.size());
    const auto words = check_caption_words(writer);
    if (words) return repair;
    if (words.error().code() != ErrorCode::kCorruption) return words.error();
    GLIMPSE_RETURN_IF_ERROR(writer.run("INSERT INTO caption_words (caption_words) VALUES ('rebuild')"));
    repair.rebuilt_words = true;
    return repair;
  });
}

Result<std::int64_t> Library::forget_damaged_vectors(GenerationId generation) {
  std::vector<std::int64_t> damaged;
  {
    GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
    GLIMPSE_ASSIGN_OR_RETURN(damaged, damaged_vectors(*reader, generation));
  }
  if (damaged.empty()) return 0;
  const auto erased = state_->write([&](Connection& writer) { return erase_vectors(writer, damaged); });
  GLIMPSE_RETURN_IF_ERROR(erased);
  return static_cast<std::int64_t>(damaged.size());
}

Result<std::vector<fs::path>> Library::expose_damaged_pictures() {
  std::vector<ImageId> ids;
  std::vector<fs::path> paths;
  {
    GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
    GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query(kDamagedPictures));
    for (;;) {
      GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
      if (!row) break;
      ids.push_back({rows.integer(0)});
      paths.push_back(rows.path(1) / rows.path(2));
    }
  }
  if (ids.empty()) return paths;
  const auto exposed = state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(writer.run("REINDEX pictures"));  // which may know the rows by what they were
    for (const ImageId id : ids) {
      // No file has this stamp. The content stays, so that captions stay with it; one of a wrong size is none.
      GLIMPSE_RETURN_IF_ERROR(
          writer.run("UPDATE pictures SET size_bytes = 0, mtime_ns = 0, "
                     "content = CASE length(content) WHEN 16 THEN content ELSE zeroblob(16) END WHERE id = ?",
                     id.value));
      GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM details WHERE picture = ?", id.value));
    }
    return {};
  });
  GLIMPSE_RETURN_IF_ERROR(exposed);
  return paths;
}

Result<void> Library::copy_to(const fs::path& target) const {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(target, ignored))) {
    return Error::already_exists("{}: there already", display(target));
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return reader->run("VACUUM INTO ?", std::string_view(target.native()));
}

}  // namespace glimpse::library
