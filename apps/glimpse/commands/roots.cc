#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "json_text.h"
#include "library/library.h"
#include "open_library.h"
#include "root_report.h"
#include "roots_of.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using Action = RootsFlags::Action;

Result<ExitCode> list(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto reports, report_roots(*library));
  if (common.json) {
    auto roots = nlohmann::ordered_json::array();
    for (const auto& report : reports) roots.push_back(root_as_json(report));
    print_json({{"roots", std::move(roots)}});
  } else {
    for (const auto& report : reports) fmt::print("{}", root_in_words(report));
  }
  return reports.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<void> change_rules(library::Library& library, library::RootId root, const RootsFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rules, library.rules_of(root));
  if (flags.action == Action::kClear) rules = {};
  auto& patterns = flags.action == Action::kInclude ? rules.include : rules.exclude;
  patterns.insert(patterns.end(), flags.globs.begin(), flags.globs.end());
  rules.hidden = rules.hidden || flags.hidden;
  return library.set_rules(root, rules);
}

Result<ExitCode> change(const CommonFlags& common, const RootsFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_write(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto root, root_named(*library, flags.folder));
  if (flags.action == Action::kRemove) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library->pictures_of(root.id));
    GLIMPSE_RETURN_IF_ERROR(library->remove_root(root.id));
    if (common.json) print_json({{"removed", root.path.native()}, {"pictures", pictures}});
    if (!common.json) fmt::print(stderr, "forgot {} and its {} pictures\n", display(root.path), human_count(pictures));
    return ExitCode::kDone;
  }
  GLIMPSE_RETURN_IF_ERROR(change_rules(*library, root.id, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, report_root(*library, root));
  if (common.json) {
    print_json(root_as_json(report));
  } else {
    fmt::print("{}", root_in_words(report));
    fmt::print(stderr, "it takes effect at the next 'glimpse index', at once where the folder is followed\n");
  }
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_roots(const CommonFlags& common, const RootsFlags& flags) {
  return flags.action == Action::kList ? list(common) : change(common, flags);
}

}  // namespace glimpse::app
