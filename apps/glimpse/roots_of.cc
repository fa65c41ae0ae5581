#include "roots_of.h"

#include <algorithm>

#include "base/file.h"

namespace glimpse::app {

Result<std::vector<library::RootId>> roots_to_index(library::Library& library,
                                                    const std::vector<std::filesystem::path>& folders) {
  std::vector<library::RootId> ids;
  for (const auto& folder : folders) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto place, library.add_root(folder));
    if (std::ranges::find(ids, place.root) == ids.end()) ids.push_back(place.root);
  }
  if (!ids.empty()) return ids;
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const auto& root : roots) ids.push_back(root.id);
  if (ids.empty()) {
    return Error::invalid_argument("no folder to index: say 'glimpse index FOLDER', or set DATASET_PATH");
  }
  return ids;
}

Result<library::Root> root_named(const library::Library& library, const std::filesystem::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto place, library.place_of(folder));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  const auto root = std::ranges::find_if(
      roots, [&](const library::Root& known) { return place && place->inside.empty() && known.id == place->root; });
  if (root == roots.end()) {
    return Error::not_found("{}: no folder of this library; 'glimpse roots list' names them", display(folder));
  }
  return *root;
}

}  // namespace glimpse::app
