#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "library/ids.h"
#include "library/scan_part.h"

namespace glimpse::library {

/// What of which roots is to be looked at again; no parts: all of that root.
using PartsOfRoots = std::map<RootId, std::vector<ScanPart>>;

/// Gathers what changed, each part once. With many parts of a root, the whole root: one scan is then cheaper. Not
/// thread-safe.
class DirtyParts {
 public:
  static constexpr std::size_t kMaxParts = 1000;

  void add(RootId root, ScanPart part);
  void add_whole(RootId root);
  void add(const PartsOfRoots& parts);
  void forget(RootId root) { roots_.erase(root); }
  bool empty() const { return roots_.empty(); }
  /// Everything, reduced(); nothing is left behind.
  PartsOfRoots take();

 private:
  struct Parts {
    bool whole = false;
    std::vector<ScanPart> list;
  };
  std::map<RootId, Parts> roots_;
};

}  // namespace glimpse::library
