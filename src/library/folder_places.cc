#include "library/folder_places.h"

#include <iterator>

namespace glimpse::library {

std::vector<std::string> folder_places(const std::filesystem::path& folder, const std::filesystem::path& root) {
  const std::string& wanted = folder.native();
  if (folder.is_absolute()) {
    const std::string& here = root.native();
    const std::string below = here.ends_with('/') ? here : here + '/';
    if (wanted == here || here.starts_with(wanted.ends_with('/') ? wanted : wanted + '/')) return {""};
    if (wanted.starts_with(below)) return {wanted.substr(below.size())};
    return {};
  }
  std::vector<std::string> places = {wanted};
  // "trips/2023": the first parts may be the root's own last ones.
  std::filesystem::path front;
  for (auto part = folder.begin(); part != folder.end(); ++part) {
    front /= *part;
    if (!root.native().ends_with('/' + front.native())) continue;
    std::filesystem::path rest;
    for (auto next = std::next(part); next != folder.end(); ++next) rest /= *next;
    places.push_back(rest.native());
  }
  return places;
}

}  // namespace glimpse::library
