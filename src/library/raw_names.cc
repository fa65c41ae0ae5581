#include "library/raw_names.h"

#include <algorithm>
#include <array>

namespace glimpse::library {
namespace {

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

/// "" for a name without one, and for one that only begins with a dot.
std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

std::string stem_of(std::string_view name) { return in_lower_case(name.substr(0, name.rfind('.'))); }

}  // namespace

bool has_raw_extension(std::string_view file_name) {
  static constexpr std::array<std::string_view, 20> kExtensions = {"3fr", "arw", "cr2", "cr3", "crw", "dng", "erf",
                                                                   "iiq", "kdc", "mef", "mos", "mrw", "nef", "nrw",
                                                                   "orf", "pef", "raf", "rw2", "sr2", "srw"};
  return std::ranges::find(kExtensions, in_lower_case(extension_of(file_name))) != kExtensions.end();
}

void FinishedPictures::add(std::string_view file_name) {
  static constexpr std::array<std::string_view, 6> kExtensions = {"jpg", "jpeg", "jpe", "heic", "heif", "hif"};
  if (std::ranges::find(kExtensions, in_lower_case(extension_of(file_name))) == kExtensions.end()) return;
  stems_.insert(stem_of(file_name));
}

bool FinishedPictures::show(std::string_view file_name) const {
  return !stems_.empty() && has_raw_extension(file_name) && stems_.contains(stem_of(file_name));
}

}  // namespace glimpse::library
