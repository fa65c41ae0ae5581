#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/result.h"
#include "library/judgments.h"
#include "library/library.h"

namespace glimpse::app {

/// {"query", "grade", "judge", "paths": […], "content", "rank", "model", "fingerprint", "judged_at"} of each; the keys
/// are described in docs/evaluation.md.
Result<nlohmann::ordered_json> judgments_json(const std::vector<library::Judgment>& judgments,
                                              const library::Library& library);

/// For people: each query with how many of its pictures have which grade.
Result<std::string> judgments_table(const std::vector<library::Judgment>& judgments);

}  // namespace glimpse::app
