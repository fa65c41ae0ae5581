#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::library {

/// A pattern over names below a root, read as a line of a .gitignore is:
///
///   *.png        any file or directory of that name, at any depth   * any bytes but '/', ? one of them
///   /drafts      "drafts" directly below the root                   [a-z] one of a range, [!a-z] one outside it
///   a/**/b       "b" anywhere below "a"                             \ takes the next character as it is
///   old/         a directory, with all below it                     x/** all below "x", but not "x" itself
///
/// A slash at the beginning or within ties the pattern to the root. Bytes are compared, so case counts.
class Glob {
 public:
  /// Errors: invalid_argument (empty, longer than 4096 bytes, a '[' without its ']', a '\' at the end).
  static Result<Glob> parse(std::string_view pattern);

  /// Whether it names this file or directory itself; `name` is relative to the root.
  bool matches(std::string_view name, bool directory) const;

 private:
  std::vector<std::string> segments_;
  bool tied_ = false;  ///< To the root.
  bool directories_only_ = false;
};

}  // namespace glimpse::library
