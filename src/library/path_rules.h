#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "library/glob.h"
#include "library/records.h"

namespace glimpse::library {

/// Decides by name alone what a scan of a root takes. All names are relative to the root.
class PathRules {
 public:
  /// No globs: what skip_rules.h says.
  PathRules() = default;
  /// Errors: Glob::parse's.
  static Result<PathRules> compile(const RootRules& rules);

  /// Whether a scan that has come to the directory's parent goes into it.
  bool enters(std::string_view directory) const;
  /// Whether a scan that has come to the file's directory takes the file. `included`: the directory lies within one
  /// that an include names (includes()).
  bool takes(std::string_view file, bool included) const;
  /// Whether an include names this directory, so that all below it is included; also when there are no includes.
  bool includes(std::string_view directory) const;

  /// The same for a whole path from the root on: whether a scan could find the file `name`.
  bool reaches(std::string_view name) const;
  /// The outermost of `directory` and what lies above it that is not entered; empty when all are.
  std::string_view stopped_at(std::string_view directory) const;
  /// Whether `directory` or one above it is included.
  bool within_included(std::string_view directory) const;

 private:
  bool excludes(std::string_view name, bool directory) const;

  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
  bool hidden_ = false;
};

}  // namespace glimpse::library
