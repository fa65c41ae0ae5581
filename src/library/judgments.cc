// Judgments in library.sqlite. The key holds the query as judged_query() has it; beside it stand the words as they were
// typed last, which is what is asked again when a model is measured.
#include "library/judgments.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "library/library.h"
#include "library/library_check.h"
#include "library/library_state.h"
#include "library/schema.h"
#include "text/unicode.h"

namespace glimpse::library {
namespace {

std::span<const std::byte> bytes_of(const Hash128& content) { return std::as_bytes(std::span(&content, 1)); }

Result<void> check_judge(std::string_view judge) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (judge.size() <= kMaxJudgeBytes && is_valid_utf8(judge) && std::ranges::none_of(judge, is_control)) return {};
  return Error::invalid_argument("judge: expected a name of at most {} bytes of UTF-8 without control characters",
                                 kMaxJudgeBytes);
}

Result<void> check_facts(const JudgmentFacts& facts) {
  GLIMPSE_RETURN_IF_ERROR(check_judge(facts.judge));
  if (facts.grade < 0 || facts.grade > kMaxGrade) {
    return Error::invalid_argument("grade: expected 0 to {}, got {}", kMaxGrade, facts.grade);
  }
  if (facts.rank < 0) return Error::invalid_argument("rank: expected 1 or more, or 0 for unknown, got {}", facts.rank);
  if (is_valid_utf8(facts.model) && is_valid_utf8(facts.fingerprint)) return {};
  return Error::invalid_argument("model: expected UTF-8");
}

Result<void> put_one(Connection& db, const JudgmentFacts& facts) {
  GLIMPSE_RETURN_IF_ERROR(check_facts(facts));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string query, judged_query(facts.query));
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto id,
      db.integer("INSERT INTO judgments (query, words, content, judge, grade, rank, model, fingerprint, judged_at_ms) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (query, content, judge) DO UPDATE SET "
                 "words = excluded.words, grade = excluded.grade, rank = excluded.rank, model = excluded.model, "
                 "fingerprint = excluded.fingerprint, judged_at_ms = excluded.judged_at_ms RETURNING id",
                 query, facts.query, bytes_of(facts.content), facts.judge, facts.grade, facts.rank, facts.model,
                 facts.fingerprint, now_ms()));
  return db.run("UPDATE judgments SET checksum = " GLIMPSE_JUDGMENT_SUM " WHERE id = ?", id);
}

/// A row as kPage selects it; nothing when it is damaged.
std::optional<Judgment> read_judgment(const Statement& row) {
  Judgment judgment;
  const auto content = row.blob(1);
  if (row.integer(8) == 0 || content.size() != sizeof judgment.content) return std::nullopt;
  judgment.query = row.text(0);
  std::memcpy(&judgment.content, content.data(), content.size());
  judgment.judge = row.text(2);
  judgment.grade = static_cast<int>(row.integer(3));
  judgment.rank = row.integer(4);
  judgment.model = row.text(5);
  judgment.fingerprint = row.text(6);
  judgment.judged_at_ms = row.integer(7);
  return judgment;
}

// Of one query, which the index of the key finds; and of all (?1 is null then).
#define GLIMPSE_OF_ONE " FROM judgments WHERE query = ?1 AND (?2 IS NULL OR judge = ?2)"
#define GLIMPSE_OF_ALL " FROM judgments WHERE ?1 IS NULL AND (?2 IS NULL OR judge = ?2)"
#define GLIMPSE_JUDGMENT_COLUMNS \
  "SELECT words, content, judge, grade, rank, model, fingerprint, judged_at_ms, checksum IS " GLIMPSE_JUDGMENT_SUM
#define GLIMPSE_PAGE " ORDER BY query, judge, id LIMIT ?3 OFFSET ?4"
constexpr const char* kCount[] = {"SELECT count(*)" GLIMPSE_OF_ALL, "SELECT count(*)" GLIMPSE_OF_ONE};
constexpr const char* kPage[] = {GLIMPSE_JUDGMENT_COLUMNS GLIMPSE_OF_ALL GLIMPSE_PAGE,
                                 GLIMPSE_JUDGMENT_COLUMNS GLIMPSE_OF_ONE GLIMPSE_PAGE};

Result<std::vector<ImageId>> pictures_with(Connection& db, const Hash128& content) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows,
                           db.query("SELECT id FROM pictures WHERE content = ? ORDER BY id", bytes_of(content)));
  std::vector<ImageId> pictures;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return pictures;
    pictures.push_back({rows.integer(0)});
  }
}

}  // namespace

Result<std::string> judged_query(std::string_view words) {
  if (words.size() > kMaxJudgedQueryBytes) {
    return Error::invalid_argument("query: expected at most {} bytes, got {}", kMaxJudgedQueryBytes, words.size());
  }
  if (!is_valid_utf8(words)) return Error::invalid_argument("query: expected UTF-8");
  std::u32string kept;
  for (const char32_t c : text::nfc_current(text::lower_in_context(text::decode_utf8(words)))) {
    const bool blank = c < U' ' || text::is_white_space(c);
    if (!blank) kept += c;
    if (blank && !kept.empty() && kept.back() != U' ') kept += U' ';
  }
  if (!kept.empty() && kept.back() == U' ') kept.pop_back();
  if (kept.empty()) return Error::invalid_argument("query: expected words, got none");
  return text::encode_utf8(kept);
}

Result<void> Judgments::put(std::span<const JudgmentFacts> facts) {
  return library_.state_->write([&](Connection& db) -> Result<void> {
    for (const JudgmentFacts& one : facts) GLIMPSE_RETURN_IF_ERROR(put_one(db, one));
    return {};
  });
}

Result<bool> Judgments::erase(const JudgmentKey& key) {
  GLIMPSE_RETURN_IF_ERROR(check_judge(key.judge));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string query, judged_query(key.query));
  return library_.state_->write([&](Connection& db) -> Result<bool> {
    GLIMPSE_RETURN_IF_ERROR(db.run("DELETE FROM judgments WHERE query = ? AND content = ? AND judge = ?", query,
                                   bytes_of(key.content), key.judge));
    return db.changed_rows() > 0;
  });
}

Result<JudgmentList> Judgments::list(const JudgmentFilter& filter, std::int64_t limit, std::int64_t offset) const {
  std::optional<std::string> query;
  if (filter.query) {
    GLIMPSE_ASSIGN_OR_RETURN(query, judged_query(*filter.query));
  }
  if (filter.judge) GLIMPSE_RETURN_IF_ERROR(check_judge(*filter.judge));
  JudgmentList list;
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, library_.state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_judgments(*reader));
  if (!any) return list;
  GLIMPSE_ASSIGN_OR_RETURN(list.total, reader->integer(kCount[query ? 1 : 0], query, filter.judge));
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query(kPage[query ? 1 : 0], query, filter.judge, limit, offset));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return list;
    auto judgment = read_judgment(rows);
    list.damaged += judgment ? 0 : 1;
    if (!judgment) continue;
    GLIMPSE_ASSIGN_OR_RETURN(judgment->pictures, pictures_with(*reader, judgment->content));
    list.judgments.push_back(*std::move(judgment));
  }
}

Result<std::vector<std::string>> Judgments::judges() const {
  std::vector<std::string> names;
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, library_.state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_judgments(*reader));
  if (!any) return names;
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query("SELECT DISTINCT judge FROM judgments ORDER BY judge"));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return names;
    names.emplace_back(rows.text(0));
  }
}

}  // namespace glimpse::library
