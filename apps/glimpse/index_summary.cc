#include "index_summary.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "terminal.h"

namespace glimpse::app {

std::string changes_in_words(const library::IndexReport& report) {
  std::string text;
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", human_count(count), what);
  };
  add(report.added, "added");
  add(report.changed, "changed");
  add(report.moved, "moved");
  add(report.gone, "gone");
  add(report.failed, "skipped");
  add(report.details_read, "asked for their date, camera and place");
  return text;
}

bool changed_anything(const library::IndexReport& report) {
  return report.added + report.changed + report.moved + report.gone + report.failed + report.embedded > 0;
}

nlohmann::ordered_json changes_as_json(const library::IndexReport& report) {
  return {{"added", report.added},
          {"changed", report.changed},
          {"moved", report.moved},
          {"gone", report.gone},
          {"unchanged", report.unchanged},
          {"failed", report.failed},
          {"embedded", report.embedded},
          {"raw_beside_jpeg", report.raw_beside_jpeg},
          {"damaged", report.damaged.size()},
          {"details_read", report.details_read},
          {"offline", report.offline.size()}};
}

}  // namespace glimpse::app
