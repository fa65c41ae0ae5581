#pragma once

#include <nlohmann/json.hpp>

#include "build_progress.h"

namespace glimpse::app {

/// As 'glimpse status --json' and 'glimpse model status --json' show it.
inline nlohmann::ordered_json build_json(const BuildProgress& progress) {
  nlohmann::ordered_json json = {{"model", progress.generation.model},
                                 {"generation", progress.generation.id.value},
                                 {"vectors", progress.vectors},
                                 {"pictures", progress.pictures},
                                 {"running", progress.running.has_value()}};
  if (!progress.running) return json;
  json["process"] = progress.running->process;
  json["embedded"] = progress.running->done;
  json["skipped"] = progress.running->skipped;
  json["pictures_per_second"] = progress.running->rate();
  if (const auto left = progress.running->seconds_left()) json["seconds_left"] = *left;
  return json;
}

}  // namespace glimpse::app
