#include "library/scan_part.h"

#include <algorithm>
#include <optional>
#include <string>

namespace glimpse::library {

bool is_within(std::string_view name, std::string_view directory) {
  return directory.empty() || name == directory ||
         (name.size() > directory.size() && name.starts_with(directory) && name[directory.size()] == '/');
}

bool ScanPart::contains(std::string_view name) const {
  if (!is_within(name, inside.native())) return false;
  const std::size_t own = inside.empty() ? 0 : inside.native().size() + 1;
  return !flat || name.find('/', own) == std::string_view::npos;
}

std::vector<ScanPart> reduced(std::vector<ScanPart> parts) {
  // By parts of the path and not by bytes: then all that lies below a directory follows it at once. Deep before flat.
  std::ranges::sort(parts, [](const ScanPart& a, const ScanPart& b) {
    const int order = a.inside.compare(b.inside);
    return order != 0 ? order < 0 : a.flat < b.flat;
  });
  std::vector<ScanPart> kept;
  std::optional<std::string> cover;  // the latest deep one
  for (ScanPart& part : parts) {
    if (cover && is_within(part.inside.native(), *cover)) continue;
    if (!kept.empty() && kept.back() == part) continue;
    if (!part.flat) cover = part.inside.native();
    kept.push_back(std::move(part));
  }
  return kept;
}

}  // namespace glimpse::library
