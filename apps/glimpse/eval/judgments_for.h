#pragma once

#include <filesystem>
#include <span>

#include "base/result.h"
#include "evaluate/query_file.h"
#include "evaluate/ranking.h"

namespace glimpse::app {

/// Judgments for queries of a file, by their ids; pictures relative to `folder`. Where a topics file lies beside the
/// qrels, as 'glimpse judge --export' writes it, its words find the query. Errors: read_qrels', read_topics'.
Result<evaluate::Qrels> judgments_for(std::span<const evaluate::StatedQuery> queries,
                                      const std::filesystem::path& qrels, const std::filesystem::path& folder);

}  // namespace glimpse::app
