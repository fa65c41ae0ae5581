#pragma once

#include <nlohmann/json.hpp>

#include "analysis/gather.h"
#include "analyze/analysis.h"

namespace glimpse::app {

/// Documented in docs/analysis.md.
nlohmann::ordered_json analysis_json(const analyze::Analysis& analysis, const Gathered& gathered);

}  // namespace glimpse::app
