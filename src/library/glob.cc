// A pattern is cut at its slashes; each segment is matched within one part of a name, and "**" stands for any number of
// whole parts. Both levels use the same walk: on a mismatch, let the latest star take one more and go on from there.
// A later star makes an earlier one's choice final, so the cost is at most pattern length × name length.
#include "library/glob.h"

#include <algorithm>
#include <optional>

namespace glimpse::library {
namespace {

constexpr std::size_t kMaxBytes = 4096;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    if (end > from) parts.emplace_back(path.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

/// Just past the ']' of the set that begins at `at`; nothing when there is none. A ']' directly after "[" or "[!" is
/// a member.
std::optional<std::size_t> end_of_set(std::string_view pattern, std::size_t at) {
  std::size_t i = at + 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  for (bool first = true; i < pattern.size(); ++i, first = false) {
    if (pattern[i] == ']' && !first) return i + 1;
    if (pattern[i] == '\\') ++i;
  }
  return std::nullopt;
}

/// `set`: what stands between the brackets.
bool in_set(std::string_view set, unsigned char c) {
  const bool negated = set.starts_with('!') || set.starts_with('^');
  if (negated) set.remove_prefix(1);
  bool found = false;
  const auto take = [&set]() {
    if (set.front() == '\\' && set.size() > 1) set.remove_prefix(1);
    const auto taken = static_cast<unsigned char>(set.front());
    set.remove_prefix(1);
    return taken;
  };
  while (!set.empty()) {
    const unsigned char low = take();
    unsigned char high = low;
    if (set.size() > 1 && set.front() == '-') {
      set.remove_prefix(1);
      high = take();
    }
    found = found || (low <= c && c <= high);
  }
  return found != negated;
}

/// How far the single-character pattern at `at` reaches when it matches `c`; 0: it does not.
std::size_t match_one(std::string_view pattern, std::size_t at, char c) {
  switch (pattern[at]) {
    case '?':
      return 1;
    case '[': {
      const std::size_t end = end_of_set(pattern, at).value_or(at + 1);
      return in_set(pattern.substr(at + 1, end - at - 2), static_cast<unsigned char>(c)) ? end - at : 0;
    }
    case '\\':
      return pattern[at + 1] == c ? 2 : 0;
    default:
      return pattern[at] == c ? 1 : 0;
  }
}

bool match_segment(std::string_view pattern, std::string_view part) {
  std::size_t p = 0;
  std::optional<std::size_t> star;  // just past the latest one
  std::size_t resume = 0;           // in `part`, should it have to take one more
  for (std::size_t i = 0; i < part.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = i;
      continue;
    }
    const std::size_t step = p < pattern.size() ? match_one(pattern, p, part[i]) : 0;
    if (step > 0) {
      p += step;
      ++i;
    } else if (star) {
      p = *star;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool match_parts(const std::vector<std::string>& segments, const std::vector<std::string>& parts) {
  std::size_t s = 0;
  std::optional<std::size_t> star;
  std::size_t resume = 0;
  for (std::size_t i = 0; i < parts.size();) {
    if (s < segments.size() && segments[s] == "**") {
      if (++s == segments.size()) return true;  // "x/**": at least one part is left
      star = s;
      resume = i;
    } else if (s < segments.size() && match_segment(segments[s], parts[i])) {
      ++s;
      ++i;
    } else if (star) {
      s = *star;
      i = ++resume;
    } else {
      return false;
    }
  }
  return s == segments.size();
}

Result<void> check(std::string_view pattern) {
  if (pattern.empty() || pattern.size() > kMaxBytes) {
    return Error::invalid_argument("pattern of {} bytes: expected 1 to {}", pattern.size(), kMaxBytes);
  }
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i < pattern.size()) continue;
      return Error::invalid_argument("pattern '{}': nothing follows the '\\' at its end; write '\\\\' for one",
                                     pattern);
    }
    if (pattern[i] != '[') continue;
    const auto end = end_of_set(pattern, i);
    if (!end || pattern.substr(i, *end - i).find('/') != std::string_view::npos) {
      return Error::invalid_argument("pattern '{}': expected a ']' for the '['; write '\\[' for a bracket itself",
                                     pattern);
    }
    i = *end - 1;
  }
  return {};
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  GLIMPSE_RETURN_IF_ERROR(check(pattern));
  Glob glob;
  glob.directories_only_ = pattern.ends_with('/');
  const std::size_t slash = pattern.find('/');
  glob.tied_ = slash != std::string_view::npos && slash + 1 < pattern.size();
  glob.segments_ = split(pattern);
  if (glob.segments_.empty()) return Error::invalid_argument("pattern '{}': names nothing", pattern);
  return glob;
}

bool Glob::matches(std::string_view name, bool directory) const {
  if (directories_only_ && !directory) return false;
  if (tied_) return match_parts(segments_, split(name));
  return match_segment(segments_.front(), name.substr(name.rfind('/') + 1));
}

}  // namespace glimpse::library
