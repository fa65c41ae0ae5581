#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "library/ids.h"

namespace glimpse::library {

/// Which watch stands for which directory of which root. Not thread-safe.
class WatchedPlaces {
 public:
  struct Place {
    RootId root;
    std::filesystem::path directory;  ///< Relative to the root.
    bool beyond_link = false;
    bool operator==(const Place&) const = default;
  };

  void add(int watch, Place place);
  /// One directory can lie in two roots by way of links.
  std::vector<Place> of(int watch) const;
  /// Whether this very directory of a root is watched.
  bool has(RootId root, const std::filesystem::path& directory) const;
  void drop(int watch);
  /// Drops the directory and all below it; returns the watches that stand for nothing now.
  std::vector<int> drop_below(RootId root, const std::filesystem::path& directory);
  std::size_t size() const { return places_.size(); }

 private:
  using Key = std::pair<RootId, std::string>;
  std::map<int, std::vector<Place>> places_;
  std::map<Key, int> watches_;
};

}  // namespace glimpse::library
