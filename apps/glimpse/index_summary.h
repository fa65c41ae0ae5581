#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "library/indexer.h"

namespace glimpse::app {

/// ", 3 added, 1 gone": what a run changed, for people; empty when nothing.
std::string changes_in_words(const library::IndexReport& report);

/// Whether there is anything to tell of.
bool changed_anything(const library::IndexReport& report);

/// {"added", "changed", …}: the counts that every report of a run has.
nlohmann::ordered_json changes_as_json(const library::IndexReport& report);

}  // namespace glimpse::app
