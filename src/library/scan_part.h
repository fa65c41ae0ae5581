#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace glimpse::library {

/// Whether `name` is `directory` or lies below it. An empty `directory` is the root and holds everything.
bool is_within(std::string_view name, std::string_view directory);

/// A part of a root that is looked at on its own.
struct ScanPart {
  std::filesystem::path inside;  ///< Relative to the root; empty: the root.
  bool flat = false;             ///< The files of this directory alone, not those of directories below it.
  bool operator==(const ScanPart&) const = default;

  bool contains(std::string_view name) const;
};

/// The same files in as few parts as possible: none lies in another.
std::vector<ScanPart> reduced(std::vector<ScanPart> parts);

}  // namespace glimpse::library
