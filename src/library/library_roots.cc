// Roots.
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/skip_rules.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

Result<std::vector<Root>> read_roots(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, connection.query("SELECT id, path, state, added_at_ms FROM roots ORDER BY id"));
  std::vector<Root> roots;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return roots;
    const auto state = rows.integer(2) == 0 ? RootState::kOnline : RootState::kOffline;
    Root root{.id = {rows.integer(0)}, .path = rows.path(1), .state = state, .added_at_ms = rows.integer(3)};
    GLIMPSE_RETURN_IF_ERROR(read_scan_record(connection, root));
    roots.push_back(std::move(root));
  }
}

bool same_directory(const fs::path& a, const fs::path& b) {
  struct stat x{}, y{};
  return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

Result<fs::path> absolute_directory(const fs::path& directory) {
  std::error_code error;
  fs::path path = fs::absolute(directory, error).lexically_normal();
  if (error) return Error::io("{}: {}", display(directory), error.message());
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // "x/" is "x"
  return path;
}

/// The deepest root that holds `directory`, whatever the spelling of either.
std::optional<RootPlace> place_among(const std::vector<Root>& roots, const fs::path& directory) {
  fs::path inside;
  for (fs::path outer = directory;; outer = outer.parent_path()) {
    const auto found = std::find_if(roots.begin(), roots.end(), [&](const Root& root) {
      return root.path == outer || same_directory(root.path, outer);
    });
    if (found != roots.end() && !skipped_path(inside)) return RootPlace{found->id, inside};
    if (outer == outer.parent_path()) return std::nullopt;
    inside = inside.empty() ? outer.filename() : outer.filename() / inside;
  }
}

}  // namespace

Result<void> seal_root(Connection& connection, RootId id) {
  return connection.run("UPDATE roots SET checksum = glimpse_sum(id, path, state, added_at_ms) WHERE id = ?", id.value);
}

Result<RootPlace> Library::add_root(const fs::path& directory) {
  std::error_code error;
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, absolute_directory(directory));
  if (!fs::is_directory(path, error)) {
    return Error::not_found("{}: expected a directory that can be read{}{}", display(path), error ? ": " : "",
                            error ? error.message() : "");
  }
  return state_->write([&](Connection& writer) -> Result<RootPlace> {
    GLIMPSE_ASSIGN_OR_RETURN(const auto roots, read_roots(writer));
    if (auto place = place_among(roots, path)) return *std::move(place);
    GLIMPSE_RETURN_IF_ERROR(
        writer.run("INSERT INTO roots (path, state, added_at_ms) VALUES (?, 0, ?)", path, now_ms()));
    const RootId id{writer.last_insert_id()};
    GLIMPSE_RETURN_IF_ERROR(seal_root(writer, id));
    return RootPlace{id, {}};
  });
}

Result<std::optional<RootPlace>> Library::place_of(const fs::path& directory) const {
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, absolute_directory(directory));
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, roots());
  return place_among(all, path);
}

Result<std::vector<Root>> Library::roots() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return read_roots(*reader);
}

Result<void> Library::remove_root(RootId id) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM roots WHERE id = ?", id.value));
    if (writer.changed_rows() == 0) return Error::not_found("root {}: not in this library", id.value);
    return forget_scan_record(writer, id);
  });
}

}  // namespace glimpse::library
