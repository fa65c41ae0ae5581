#include "root_report.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "library/presence.h"
#include "terminal.h"

namespace glimpse::app {

using nlohmann::ordered_json;

Result<RootReport> report_root(const library::Library& library, const library::Root& root) {
  RootReport report{.root = root, .rules = {}};
  GLIMPSE_ASSIGN_OR_RETURN(report.rules, library.rules_of(root.id));
  GLIMPSE_ASSIGN_OR_RETURN(report.pictures, library.pictures_of(root.id));
  report.watched = library::Presence::seen(library.directory(), library::Presence::Kind::kFollowing).has_value();
  return report;
}

Result<std::vector<RootReport>> report_roots(const library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  std::vector<RootReport> reports;
  for (const auto& root : roots) {
    GLIMPSE_ASSIGN_OR_RETURN(reports.emplace_back(), report_root(library, root));
  }
  return reports;
}

std::string_view name_of(library::RootState state) {
  switch (state) {
    case library::RootState::kOnline:
      return "online";
    case library::RootState::kOffline:
      return "offline";
  }
  return "online";
}

std::string utc_time(std::int64_t ms_since_1970) {
  if (ms_since_1970 == 0) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(ms_since_1970 / 1000)));
}

ordered_json root_as_json(const RootReport& report) {
  const auto& root = report.root;
  const auto time_or_null = [](std::int64_t ms) {
    return ms == 0 ? ordered_json(nullptr) : ordered_json(utc_time(ms));
  };
  return {{"path", root.path.native()},
          {"state", name_of(root.state)},
          {"offline_since", time_or_null(root.offline_since_ms)},
          {"offline_reason", root.offline_reason},
          {"pictures", report.pictures},
          {"scanned_at", time_or_null(root.scanned_at_ms)},
          {"watched", report.watched},
          {"include", report.rules.include},
          {"exclude", report.rules.exclude},
          {"hidden", report.rules.hidden}};
}

std::string root_in_words(const RootReport& report) {
  const auto& root = report.root;
  std::string text = fmt::format("{}  {} pictures, {}", display(root.path), human_count(report.pictures),
                                 report.watched ? "followed" : "not followed");
  if (root.scanned_at_ms != 0) text += fmt::format(", last looked through {}", utc_time(root.scanned_at_ms));
  text += '\n';
  if (root.state == library::RootState::kOffline) {
    text += fmt::format("  offline since {}, its pictures are kept: {}\n", utc_time(root.offline_since_ms),
                        root.offline_reason);
  }
  for (const auto& pattern : report.rules.include) text += fmt::format("  include {}\n", pattern);
  for (const auto& pattern : report.rules.exclude) text += fmt::format("  exclude {}\n", pattern);
  if (report.rules.hidden) text += "  names that begin with a dot are taken too\n";
  return text;
}

}  // namespace glimpse::app
