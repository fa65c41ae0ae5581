// The check behind `glimpse doctor`: SQLite's own look at the file's structure, then the checksum of each row.
#include "library/library_check.h"

#include "base/file.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

constexpr std::size_t kMaxProblems = 100;

class Checker {
 public:
  explicit Checker(Connection& connection) : db_(connection) {}

  Result<CheckReport> run(Library::CheckDepth depth) {
    if (depth == Library::CheckDepth::kQuick) {
      GLIMPSE_RETURN_IF_ERROR(structure("PRAGMA quick_check(100)"));
      return std::move(report_);
    }
    GLIMPSE_RETURN_IF_ERROR(structure("PRAGMA integrity_check(100)"));
    GLIMPSE_RETURN_IF_ERROR(references());
    GLIMPSE_RETURN_IF_ERROR(rows("root", "SELECT id FROM roots WHERE checksum IS NOT " GLIMPSE_ROOT_SUM));
    GLIMPSE_RETURN_IF_ERROR(
        rows("model generation", "SELECT id FROM generations WHERE checksum IS NOT " GLIMPSE_GENERATION_SUM));
    GLIMPSE_RETURN_IF_ERROR(pictures());
    GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(db_));
    if (version >= 3) GLIMPSE_RETURN_IF_ERROR(details());
    if (version >= 2) {
      GLIMPSE_RETURN_IF_ERROR(
          rows("caption",
               "SELECT id FROM captions WHERE checksum IS NOT glimpse_sum(id, content, source, model, fingerprint, "
               "settings, text, created_at_ms)"));
    }
    if (version >= 4) {
      GLIMPSE_RETURN_IF_ERROR(rows("judgment", "SELECT id FROM judgments WHERE checksum IS NOT " GLIMPSE_JUDGMENT_SUM));
    }
    GLIMPSE_RETURN_IF_ERROR(vectors());
    return std::move(report_);
  }

 private:
  void problem(std::string sentence) {
    if (report_.problems.size() < kMaxProblems) report_.problems.push_back(std::move(sentence));
  }

  /// A damaged file can make the looking itself fail; that too is a finding.
  Result<void> found(const Error& error) {
    if (error.code() != ErrorCode::kCorruption) return error;
    problem(error.message());
    return {};
  }

  template <typename F>
  Result<void> each_row(const char* sql, F&& visit) {
    auto rows = db_.query(sql);
    if (!rows) return found(rows.error());
    for (;;) {
      const auto row = rows->step();
      if (!row) return found(row.error());
      if (!*row) return {};
      visit(*rows);
    }
  }

  Result<void> structure(const char* sql) {
    return each_row(sql, [&](const Statement& row) {
      if (row.text(0) != "ok") problem(fmt::format("{}: {}", db_.file_name(), row.text(0)));
    });
  }

  Result<void> references() {
    return each_row("PRAGMA foreign_key_check", [&](const Statement& row) {
      problem(fmt::format("{}: row {} of table {} refers to a row of {} that is not there", db_.file_name(),
                          row.integer(1), row.text(0), row.text(2)));
    });
  }

  Result<void> rows(std::string_view what, const char* sql) {
    return each_row(sql, [&](const Statement& row) {
      problem(fmt::format("{}: {} {}: its row disagrees with its checksum", db_.file_name(), what, row.integer(0)));
    });
  }

  Result<void> pictures() {
    return each_row("SELECT id, name FROM pictures WHERE checksum IS NOT " GLIMPSE_PICTURE_SUM,
                    [&](const Statement& row) {
                      report_.damaged_pictures.push_back({row.integer(0)});
                      problem(fmt::format("{}: picture {} ('{}'): its row disagrees with its checksum", db_.file_name(),
                                          row.integer(0), display(row.path(1))));
                    });
  }

  Result<void> details() {
    return each_row("SELECT picture FROM details WHERE checksum IS NOT " GLIMPSE_DETAILS_SUM,
                    [&](const Statement& row) {
                      report_.damaged_pictures.push_back({row.integer(0)});
                      problem(fmt::format("{}: details of picture {}: its row disagrees with its checksum",
                                          db_.file_name(), row.integer(0)));
                    });
  }

  Result<void> vectors() {
    return each_row(
        "SELECT v.picture, v.generation, v.halves, v.checksum, g.dimension FROM vectors v "
        "JOIN generations g ON g.id = v.generation ORDER BY v.sequence",
        [&](const Statement& row) {
          const ImageId picture{row.integer(0)};
          const auto halves = row.blob(2);
          const bool right_size = static_cast<std::int64_t>(halves.size()) == 2 * row.integer(4);
          if (!right_size || vector_checksum(picture, {row.integer(1)}, halves) != row.integer(3)) {
            report_.damaged_vectors.push_back(picture);
          }
        });
  }

  Connection& db_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check_database(Connection& connection, Library::CheckDepth depth) {
  return Checker(connection).run(depth);
}

Result<void> check_rows_all_rests_on(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto damaged,
      connection.integer("SELECT (SELECT count(*) FROM roots WHERE checksum IS NOT " GLIMPSE_ROOT_SUM
                         ") + (SELECT count(*) FROM generations WHERE checksum IS NOT " GLIMPSE_GENERATION_SUM ")"));
  if (damaged == 0) return {};
  return Error::corruption(
      "{}: {} rows of folders or models disagree with their checksums: the file is damaged; 'glimpse doctor --full' "
      "names them; restore the library from a backup ('glimpse restore'), or move its directory away and index again "
      "(pictures are never changed)",
      connection.file_name(), damaged);
}

Result<CheckReport> Library::check(CheckDepth depth) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto report, check_database(*reader, depth));
  if (depth == CheckDepth::kQuick || !state_->writer) return report;
  // SQLite compares the index of words with the captions by way of a write that changes nothing.
  const auto words = state_->write([](Connection& writer) { return check_caption_words(writer); });
  if (!words && words.error().code() != ErrorCode::kCorruption) return words.error();
  if (!words) report.problems.push_back(words.error().message());
  return report;
}

}  // namespace glimpse::library
