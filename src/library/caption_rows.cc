// Captions in library.sqlite: the rows, and an FTS5 index of their words that keeps no text of its own. Such an index
// is told by hand of each row that comes and goes, the old text included; triggers may not, as trusted_schema is off.
// Source: https://www.sqlite.org/fts5.html, section 4.4.3.
#include "library/caption_rows.h"

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "library/library_state.h"

namespace glimpse::library {
namespace {

struct Row {
  std::int64_t id = 0;
  std::string text;
};

Result<std::vector<Row>> read_rows(Statement& rows) {
  std::vector<Row> found;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return found;
    found.push_back({rows.integer(0), std::string(rows.text(1))});
  }
}

Result<void> check_text(const std::string& text) {
  if (text.empty() || text.size() > kMaxCaptionBytes || !is_valid_utf8(text)) {
    return Error::invalid_argument("caption: expected 1 to {} bytes of UTF-8, got {}{}", kMaxCaptionBytes, text.size(),
                                   is_valid_utf8(text) ? "" : " that are none");
  }
  return {};
}

Result<void> add_words(Connection& db, const Row& row) {
  return db.run("INSERT INTO caption_words (rowid, text) VALUES (?, ?)", row.id, row.text);
}

Result<void> remove_words(Connection& db, const Row& row) {
  return db.run("INSERT INTO caption_words (caption_words, rowid, text) VALUES ('delete', ?, ?)", row.id, row.text);
}

Result<void> seal_caption(Connection& db, std::int64_t id) {
  return db.run(
      "UPDATE captions SET checksum = glimpse_sum(id, content, source, model, fingerprint, settings, text, "
      "created_at_ms) WHERE id = ?",
      id);
}

Result<std::int64_t> insert(Connection& db, std::span<const std::byte> content, const CaptionFacts& facts) {
  const CaptionMaker& maker = facts.maker;
  return db.integer(
      "INSERT INTO captions (content, source, model, fingerprint, settings, text, created_at_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
      content, static_cast<int>(maker.source), maker.model, maker.fingerprint, maker.settings, facts.text, now_ms());
}

Result<std::int64_t> replace(Connection& db, const Row& old, const CaptionFacts& facts) {
  GLIMPSE_RETURN_IF_ERROR(remove_words(db, old));
  GLIMPSE_RETURN_IF_ERROR(db.run("UPDATE captions SET text = ?, model = ?, created_at_ms = ? WHERE id = ?", facts.text,
                                 facts.maker.model, now_ms(), old.id));
  return old.id;
}

}  // namespace

Result<void> put_caption(Connection& db, const Hash128& hash, const CaptionFacts& facts) {
  GLIMPSE_RETURN_IF_ERROR(check_text(facts.text));
  const auto content = std::as_bytes(std::span(&hash, 1));
  GLIMPSE_ASSIGN_OR_RETURN(const auto there,
                           db.integer("SELECT EXISTS (SELECT 1 FROM pictures WHERE content = ?)", content));
  if (there == 0) return {};
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows,
      db.query("SELECT id, text FROM captions WHERE content = ? AND source = ? AND fingerprint = "
               "? AND settings = ?",
               content, static_cast<int>(facts.maker.source), facts.maker.fingerprint, facts.maker.settings));
  GLIMPSE_ASSIGN_OR_RETURN(const auto old, read_rows(rows));
  if (!old.empty() && old.front().text == facts.text) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto id, old.empty() ? insert(db, content, facts) : replace(db, old.front(), facts));
  GLIMPSE_RETURN_IF_ERROR(add_words(db, {id, facts.text}));
  return seal_caption(db, id);
}

Result<void> forget_left_captions(Connection& db) {
  std::vector<Row> left;
  {
    GLIMPSE_ASSIGN_OR_RETURN(
        auto rows, db.query("SELECT c.id, c.text FROM left_contents l JOIN captions c ON c.content = l.content "
                            "WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.content = l.content)"));
    GLIMPSE_ASSIGN_OR_RETURN(left, read_rows(rows));
  }
  for (const Row& row : left) {
    GLIMPSE_RETURN_IF_ERROR(remove_words(db, row));
    GLIMPSE_RETURN_IF_ERROR(db.run("DELETE FROM captions WHERE id = ?", row.id));
  }
  return db.run("DELETE FROM left_contents");
}

Result<void> check_caption_words(Connection& db) {
  return db.run("INSERT INTO caption_words (caption_words, rank) VALUES ('integrity-check', 1)")
      .with_context("the index of the words of captions");
}

}  // namespace glimpse::library
