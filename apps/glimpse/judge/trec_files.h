#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/ranking.h"
#include "judge/judged_queries.h"
#include "library/library.h"

// Judgments as TREC's files, which have no blanks in names: a query goes by an id, and a topics file beside the qrels
// says what words it stands for, a line each: id, a tab, the words. A picture goes by its path, with %XX for blanks;
// one that left the library by "content:" and its hash. docs/evaluation.md.
namespace glimpse::app {

/// "judged.qrels" → "judged.topics".
std::filesystem::path topics_file_of(const std::filesystem::path& qrels);

/// For each id its words. A file that is not there is empty, unless it is `required`. Errors: not_found, io; corruption
/// with the line.
using Topics = std::map<std::string, std::string, std::less<>>;
Result<Topics> read_topics(const std::filesystem::path& file, bool required);

/// Every picture that has a judged content is a document.
Result<evaluate::Qrels> qrels_of(const std::vector<JudgedQuery>& queries, const library::Library& library);
std::string topics_text(const std::vector<JudgedQuery>& queries);

struct ImportedJudgments {
  std::vector<library::JudgmentFacts> facts;
  std::size_t queries = 0;
  std::vector<std::string> unknown;  ///< Documents that are no picture of the library, with the reason.
};

/// Reads qrels, and the topics file where it is there; without one the query's name is its words, %XX turned back.
/// Errors: not_found, io; corruption (the files' form); invalid_argument for a grade beyond 0 to 3, a query without a
/// topic, two grades of pictures with the same bytes.
Result<ImportedJudgments> read_judgments(const std::filesystem::path& qrels, const std::filesystem::path& topics,
                                         const std::string& judge, const library::Library& library);

}  // namespace glimpse::app
