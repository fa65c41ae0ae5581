#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glimpse::server {

constexpr int kMaxGrade = 3;
constexpr std::size_t kMaxJudgeBytes = 100;
constexpr std::int64_t kMaxRank = 1'000'000'000;

/// Which judgment: there is one for each query, picture and judge.
struct JudgmentKey {
  std::string query;
  std::int64_t picture = 0;
  std::string judge;  ///< Who judged; may be empty.
};

/// What a person says of a picture as an answer to a query.
struct JudgmentRequest : JudgmentKey {
  int grade = 0;                ///< 0 (wrong) to kMaxGrade (exactly what was asked for).
  std::int64_t rank = 0;        ///< Where it was shown, from 1; 0: not said.
  std::int64_t generation = 0;  ///< Whose answer it was; 0: not said.
};

struct JudgedPicture {
  std::int64_t id = 0;
  std::string path;
};

struct JudgmentAnswer {
  std::string query;  ///< As typed.
  std::string judge;
  int grade = 0;
  std::int64_t rank = 0;
  std::string model;  ///< Empty: not known. So the fingerprint.
  std::string fingerprint;
  std::int64_t judged_at_ms = 0;
  std::vector<JudgedPicture> pictures;  ///< That have the judged bytes; none: they left the library.
};

struct JudgmentsRequest {
  std::optional<std::string> query, judge;  ///< None: all.
  int limit = 1000;
  int offset = 0;
};

struct JudgmentsAnswer {
  std::vector<JudgmentAnswer> judgments;
  std::int64_t total = 0;    ///< Of all pages.
  std::int64_t damaged = 0;  ///< Of this page, left out.
};

/// Judgments as files of TREC's form.
enum class JudgmentsFile {
  kQrels,   ///< `query 0 document grade`, queries by id.
  kTopics,  ///< What the ids stand for.
};

}  // namespace glimpse::server
