#pragma once

#include <nlohmann/json.hpp>

#include "eval/pair.h"

namespace glimpse::app {

/// What --json of an A/B comparison prints: docs/evaluation.md.
nlohmann::ordered_json pair_json(const Pair& pair);

/// The verdict, measures of both sides, slices, the queries that changed most.
void print_pair(const Pair& pair);

}  // namespace glimpse::app
