#include "library/path_rules.h"

#include <algorithm>

#include "library/skip_rules.h"

namespace glimpse::library {
namespace {

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

/// Calls `visit` with "a", "a/b", "a/b/c" for "a/b/c" until it answers true; the prefix it did so for, or nothing.
template <typename F>
std::string_view first_prefix(std::string_view name, F&& visit) {
  for (std::size_t end = 0; !name.empty() && end < name.size(); ++end) {
    end = std::min(name.find('/', end), name.size());
    if (visit(name.substr(0, end))) return name.substr(0, end);
  }
  return {};
}

Result<std::vector<Glob>> parse_all(const std::vector<std::string>& patterns) {
  std::vector<Glob> globs;
  for (const std::string& pattern : patterns) {
    GLIMPSE_ASSIGN_OR_RETURN(globs.emplace_back(), Glob::parse(pattern));
  }
  return globs;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view name, bool directory) {
  return std::ranges::any_of(globs, [&](const Glob& glob) { return glob.matches(name, directory); });
}

}  // namespace

Result<PathRules> PathRules::compile(const RootRules& rules) {
  PathRules compiled;
  GLIMPSE_ASSIGN_OR_RETURN(compiled.include_, parse_all(rules.include));
  GLIMPSE_ASSIGN_OR_RETURN(compiled.exclude_, parse_all(rules.exclude));
  compiled.hidden_ = rules.hidden;
  return compiled;
}

bool PathRules::excludes(std::string_view name, bool directory) const {
  return skipped_name(last_part(name), hidden_) || any_matches(exclude_, name, directory);
}

bool PathRules::enters(std::string_view directory) const { return !excludes(directory, true); }

bool PathRules::includes(std::string_view directory) const {
  return include_.empty() || any_matches(include_, directory, true);
}

bool PathRules::takes(std::string_view file, bool included) const {
  return !excludes(file, false) && (included || include_.empty() || any_matches(include_, file, false));
}

std::string_view PathRules::stopped_at(std::string_view directory) const {
  return first_prefix(directory, [&](std::string_view above) { return !enters(above); });
}

bool PathRules::within_included(std::string_view directory) const {
  return include_.empty() || !first_prefix(directory, [&](std::string_view above) { return includes(above); }).empty();
}

bool PathRules::reaches(std::string_view name) const {
  const std::size_t slash = name.rfind('/');
  const std::string_view directory = slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
  return stopped_at(directory).empty() && takes(name, within_included(directory));
}

}  // namespace glimpse::library
