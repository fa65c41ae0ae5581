#pragma once

#include "base/result.h"
#include "eval/side.h"
#include "eval/slices_report.h"
#include "flags.h"

namespace glimpse::app {

/// Writes --report of one model: measures, slices, and the hardest queries (or all of a query file) with pictures.
/// Errors: report::write's.
Result<void> write_page_of_model(const SideResult& side, const AskedTruth& asked, const Slices& slices,
                                 const EvalFlags& flags);

/// "glimpse eval of FOLDER": beneath every page.
std::string page_footer(const EvalFlags& flags);

}  // namespace glimpse::app
