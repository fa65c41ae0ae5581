#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/attributes.h"
#include "evaluate/ground_truth.h"
#include "evaluate/ranking.h"

namespace glimpse::evaluate {

inline constexpr std::uint64_t kMaxQueryFileBytes = std::uint64_t{64} << 20;

/// A query as somebody wrote it down, with what is known about it.
struct StatedQuery {
  std::string id;  ///< Unlike all others of the file.
  std::string text;
  std::optional<Attributes> attributes = {};  ///< None: as the words show.
  std::map<std::string, int> grades = {};     ///< By the picture's name, relative to the folder; empty: nobody judged.
};

/// Reads queries as docs/formats/query-file.md has them: JSON, a table (.csv), or lines (.txt), these without
/// grades. Errors: not_found, io;
/// corruption naming the query: a field of another type, an unknown attribute, no words, an id twice, no query at all.
Result<std::vector<StatedQuery>> read_query_file(const std::filesystem::path& file);

/// The queries over the pictures of a folder, names relative to it. Grades of `judged` go before those of the file;
/// there a query goes by its id or its text, written as in files of TREC. What a grade is for but is not among the
/// pictures is counted as broken, and named.
GroundTruth ask(std::span<const StatedQuery> queries, std::vector<std::filesystem::path> pictures, const Qrels& judged);

}  // namespace glimpse::evaluate
