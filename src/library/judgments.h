#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "library/ids.h"

namespace glimpse::library {

class Library;

/// What grades mean: 0 wrong, 1 has something of it, 2 right, 3 exactly what was asked for.
inline constexpr int kMaxGrade = 3;
inline constexpr std::size_t kMaxJudgedQueryBytes = 4096;
inline constexpr std::size_t kMaxJudgeBytes = 100;

/// Which judgment: there is one for each. A newer one takes the place of an older: a correction of one's own has no
/// second meaning, and who wants to be heard beside another judges under a name.
struct JudgmentKey {
  std::string query;  ///< As typed; those with the same judged_query() are one.
  Hash128 content;    ///< Of the picture's file, so that it keeps its judgments wherever it goes.
  std::string judge;  ///< Who judged; may be empty.
};

/// What a person said of a picture as an answer to a query.
struct JudgmentFacts : JudgmentKey {
  int grade = 0;            ///< 0 to kMaxGrade.
  std::int64_t rank = 0;    ///< Where it was shown, from 1; 0: unknown.
  std::string model;        ///< Whose answer it was, its name and …
  std::string fingerprint;  ///< … fingerprint; both empty: unknown, as of imported ones.
};

struct Judgment : JudgmentFacts {
  std::int64_t judged_at_ms = 0;
  std::vector<ImageId> pictures;  ///< That have the content now, ascending. None: they left the library.
};

struct JudgmentList {
  std::vector<Judgment> judgments;  ///< By query, then judge, then in the order they were first given.
  std::int64_t total = 0;           ///< Of all pages.
  std::int64_t damaged = 0;         ///< Rows of this page that disagree with their checksums, left out.
};

/// Which judgments to list. Empty: all.
struct JudgmentFilter {
  std::optional<std::string> query = std::nullopt;  ///< In any spelling that is the same judged_query().
  std::optional<std::string> judge = std::nullopt;
};

/// What makes two spellings one query: lower case, composed (NFC), single blanks within, none around.
/// Errors: invalid_argument for what is no UTF-8, empty, or longer than kMaxJudgedQueryBytes.
Result<std::string> judged_query(std::string_view words);

/// The judgments of a library: truth, as its pictures are, but no picture takes its judgments with it when it leaves.
/// Cheap to make; the library must outlive it. Thread-safe. Errors as of Library's methods. A library of an older
/// schema that is open for reading has none.
class Judgments {
 public:
  explicit Judgments(const Library& library) : library_(library) {}

  /// Stores all of them or none, as given now. Errors also: invalid_argument (a grade, query or judge that is none).
  Result<void> put(std::span<const JudgmentFacts> facts);
  /// Whether there was one.
  Result<bool> erase(const JudgmentKey& key);
  /// A negative limit: all.
  Result<JudgmentList> list(const JudgmentFilter& filter, std::int64_t limit = -1, std::int64_t offset = 0) const;
  /// The names of all who judged, in order of bytes; "" for those without.
  Result<std::vector<std::string>> judges() const;

 private:
  const Library& library_;
};

}  // namespace glimpse::library
