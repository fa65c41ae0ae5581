#pragma once

#include <string>

#include "analysis/gather.h"
#include "analyze/analysis.h"

namespace glimpse::app {

/// The analysis in some twenty lines, for a terminal.
std::string analysis_text(const analyze::Analysis& analysis, const Gathered& gathered);

}  // namespace glimpse::app
