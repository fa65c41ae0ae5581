// Reading and searching captions. A query is made of quoted words only, so nothing a person types is FTS5 syntax.
// Source: https://www.sqlite.org/fts5.html, sections 3.1 and 5.1.1.
#include <algorithm>

#include "base/utf8.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

bool separates(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

}  // namespace

std::string caption_expression(std::string_view words) {
  const std::string text = valid_utf8(words);
  std::string expression;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if_not(at, text.end(), separates);
    at = std::find_if(begin, text.end(), separates);
    if (begin == at) break;
    expression += expression.empty() ? "\"" : " \"";
    for (const char c : std::string_view(begin, at)) expression.append(c == '"' ? 2 : 1, c);
    expression += '"';
  }
  return expression.empty() ? expression : expression + '*';
}

Result<std::optional<std::string>> Library::caption_by(const CaptionMaker& maker, const Hash128& content) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_captions(*reader));
  if (!any) return std::optional<std::string>();
  GLIMPSE_ASSIGN_OR_RETURN(
      auto row, reader->query("SELECT text FROM captions WHERE content = ? AND source = ? AND fingerprint = ? AND "
                              "settings = ?",
                              std::as_bytes(std::span(&content, 1)), static_cast<int>(maker.source), maker.fingerprint,
                              maker.settings));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(row.text(0));
}

Result<std::vector<std::string>> Library::captions_of(std::span<const ImageId> ids) const {
  std::vector<std::string> captions(ids.size());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_captions(*reader));
  if (!any) return captions;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(auto row,
                             reader->query("SELECT c.text FROM pictures p JOIN captions c ON c.content = p.content "
                                           "WHERE p.id = ? ORDER BY c.created_at_ms DESC, c.id DESC LIMIT 1",
                                           ids[i].value));
    GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
    if (found) captions[i] = row.text(0);
  }
  return captions;
}

Result<CaptionHits> Library::search_captions(std::string_view words, std::int64_t limit, std::int64_t offset) const {
  CaptionHits answer;
  const std::string expression = caption_expression(words);
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_captions(*reader));
  if (!any || expression.empty()) return answer;
  GLIMPSE_ASSIGN_OR_RETURN(
      answer.total,
      reader->integer("SELECT count(*) FROM pictures WHERE content IN (SELECT content FROM captions WHERE id IN "
                      "(SELECT rowid FROM caption_words WHERE caption_words MATCH ?))",
                      expression));
  // The best caption of each picture; SQLite takes bare columns from the row that has the minimum.
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows,
      reader->query("WITH found AS MATERIALIZED (SELECT rowid AS id, bm25(caption_words) AS rank FROM caption_words "
                    "WHERE caption_words MATCH ?), "
                    "page AS (SELECT p.id AS picture, min(f.rank) AS rank, f.id AS caption FROM found f "
                    "JOIN captions c ON c.id = f.id JOIN pictures p ON p.content = c.content "
                    "GROUP BY p.id ORDER BY 2, 1 LIMIT ? OFFSET ?) "
                    "SELECT picture, rank, text FROM page JOIN captions ON id = caption ORDER BY rank, picture",
                    expression, limit, offset));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return answer;
    answer.hits.push_back({{rows.integer(0)}, static_cast<float>(-rows.real(1)), std::string(rows.text(2))});
  }
}

Result<std::int64_t> Library::captioned_pictures() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_captions(*reader));
  if (!any) return 0;
  return reader->integer("SELECT count(*) FROM pictures WHERE content IN (SELECT content FROM captions)");
}

}  // namespace glimpse::library
