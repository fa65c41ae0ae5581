#pragma once

#include <string>

#include "eval/slices_report.h"
#include "evaluate/interval.h"
#include "evaluate/retrieval.h"
#include "report/document.h"

namespace glimpse::app {

/// "0.412"
std::string three_decimals(double value);
/// "0.38 to 0.44"
std::string range_in_words(const evaluate::Interval& interval);

/// All measures of a retrieval, with intervals.
report::Markup measures_block(const std::string& caption, const evaluate::Retrieval& retrieval);

/// What the model answers well and what not: bars of whole attributes, and a table of single values.
report::Section slices_section(const Slices& slices, const evaluate::Retrieval& retrieval);

}  // namespace glimpse::app
