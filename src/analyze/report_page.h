#pragma once

#include <string>
#include <vector>

#include "analyze/analysis.h"
#include "report/document.h"

namespace glimpse::analyze {

/// What a report says besides the analysis.
struct ReportText {
  std::string model;                  ///< Name and precision; empty: none was used.
  std::vector<std::string> left_out;  ///< A sentence for each part that is missing, and how to get it.
  std::string made_by;                ///< The command, for the foot of the page.
};

/// The analysis as a page; pictures are read again from the folder, at most some 400 of them, on `threads` threads.
report::Document document_of(const Analysis& analysis, const ReportText& text, int threads);

}  // namespace glimpse::analyze
