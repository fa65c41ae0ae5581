#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluate/measures.h"
#include "evaluate/ranking.h"

namespace glimpse::evaluate {

inline constexpr std::uint64_t kMaxTrecBytes = std::uint64_t{1} << 30;

/// Judgments as trec_eval reads them: `query iteration document grade`, a line each, separated by blanks; names hold no
/// blanks. Errors: not_found, io; corruption with file and line (fields, a grade that is no number, a pair twice).
Result<Qrels> read_qrels(const std::filesystem::path& file);

/// Answers as trec_eval reads them: `query Q0 document rank score run`. The rank is not believed: the score orders.
/// Errors as read_qrels; a score must be finite.
Result<Run> read_run(const std::filesystem::path& file);

/// The text of such files. Blanks, control bytes and '%' in names are written as %XX, as names of files have blanks;
/// reading turns them back only when `decode_trec_name` is asked.
std::string qrels_text(const Qrels& qrels);
std::string run_text(const Run& run, std::string_view tag);
std::string encode_trec_name(std::string_view name);
std::string decode_trec_name(std::string_view name);

struct QueryResult {
  std::string query;
  Measures measures;
};

struct Evaluation {
  Cutoffs cutoffs;
  std::vector<QueryResult> queries;  ///< By name.
  Measures mean;
  std::size_t without_answer = 0;    ///< Judged queries that the run lacks.
  std::size_t without_judgment = 0;  ///< Queries of the run that nobody judged: left out.
};

enum class Averaging {
  kAnswered,  ///< Over queries that are in both, as trec_eval does by itself.
  kComplete,  ///< Over all judged queries; one without an answer counts as zero (trec_eval -c).
};

/// right_from: the lowest grade that counts as right (trec_eval -l).
Evaluation evaluate(const Qrels& qrels, const Run& run, const Cutoffs& cutoffs, Averaging averaging,
                    int right_from = 1);

}  // namespace glimpse::evaluate
