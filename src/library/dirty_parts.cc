#include "library/dirty_parts.h"

#include <utility>

namespace glimpse::library {

void DirtyParts::add(RootId root, ScanPart part) {
  if (part == ScanPart{}) return add_whole(root);
  Parts& parts = roots_[root];
  if (parts.whole || (!parts.list.empty() && parts.list.back() == part)) return;
  parts.list.push_back(std::move(part));
  if (parts.list.size() < kMaxParts) return;
  // The same few directories may have been added over and over.
  parts.list = reduced(std::move(parts.list));
  if (parts.list.size() > kMaxParts / 2) add_whole(root);
}

void DirtyParts::add_whole(RootId root) { roots_[root] = {.whole = true, .list = {}}; }

void DirtyParts::add(const PartsOfRoots& parts) {
  for (const auto& [root, list] : parts) {
    if (list.empty()) add_whole(root);
    for (const ScanPart& part : list) add(root, part);
  }
}

PartsOfRoots DirtyParts::take() {
  PartsOfRoots taken;
  for (auto& [root, parts] : roots_) taken[root] = reduced(std::move(parts.list));
  roots_.clear();
  return taken;
}

}  // namespace glimpse::library
