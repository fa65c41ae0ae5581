#include "library/watched_places.h"

#include <algorithm>

#include "library/scan_part.h"

namespace glimpse::library {

void WatchedPlaces::add(int watch, Place place) {
  const Key key{place.root, place.directory.native()};
  const auto known = watches_.find(key);
  if (known != watches_.end() && known->second != watch) {  // another directory has taken the name
    const auto old = places_.find(known->second);
    if (old != places_.end()) {
      std::erase_if(old->second,
                    [&](const Place& p) { return p.root == place.root && p.directory == place.directory; });
      if (old->second.empty()) places_.erase(old);
    }
  }
  watches_[key] = watch;
  auto& list = places_[watch];
  if (std::ranges::find(list, place) == list.end()) list.push_back(std::move(place));
}

std::vector<WatchedPlaces::Place> WatchedPlaces::of(int watch) const {
  const auto found = places_.find(watch);
  return found == places_.end() ? std::vector<Place>() : found->second;
}

bool WatchedPlaces::has(RootId root, const std::filesystem::path& directory) const {
  return watches_.contains({root, directory.native()});
}

void WatchedPlaces::drop(int watch) {
  const auto found = places_.find(watch);
  if (found == places_.end()) return;
  for (const Place& place : found->second) {
    const auto key = watches_.find({place.root, place.directory.native()});
    if (key != watches_.end() && key->second == watch) watches_.erase(key);
  }
  places_.erase(found);
}

std::vector<int> WatchedPlaces::drop_below(RootId root, const std::filesystem::path& directory) {
  std::vector<int> idle;
  // Names below "a" begin with it, but so does "ab": those are stepped over.
  for (auto at = watches_.lower_bound({root, directory.native()}); at != watches_.end();) {
    const auto& [place_root, name] = at->first;
    if (place_root != root || !name.starts_with(directory.native())) break;
    if (!is_within(name, directory.native())) {
      ++at;
      continue;
    }
    auto& list = places_[at->second];
    std::erase_if(list, [&](const Place& place) { return place.root == root && place.directory.native() == name; });
    if (list.empty()) {
      idle.push_back(at->second);
      places_.erase(at->second);
    }
    at = watches_.erase(at);
  }
  return idle;
}

}  // namespace glimpse::library
