#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::app {

/// All there is to say of a folder of the library.
struct RootReport {
  library::Root root;
  library::RootRules rules;
  std::int64_t pictures = 0;
  bool watched = false;  ///< A process follows it right now.
};

Result<RootReport> report_root(const library::Library& library, const library::Root& root);
Result<std::vector<RootReport>> report_roots(const library::Library& library);

std::string_view name_of(library::RootState state);

nlohmann::ordered_json root_as_json(const RootReport& report);
/// Whole lines.
std::string root_in_words(const RootReport& report);

/// "2026-11-26T13:05:50Z"; empty for 0.
std::string utc_time(std::int64_t ms_since_1970);

}  // namespace glimpse::app
