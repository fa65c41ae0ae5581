// A root counts as unreachable by the same rule as when it is scanned (changes.cc), only that here just the pictures
// that lack a vector are looked for: the directory is missing or empty, or more of its pictures vanished at once than
// anybody deletes.
#include "library/lacking_survey.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "library/changes.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

bool there(const fs::path& file) {
  struct stat info{};
  return ::stat(file.c_str(), &info) == 0;
}

bool missing_or_empty(const fs::path& directory) {
  std::error_code error;
  const bool empty = fs::is_empty(directory, error);
  return error || empty;
}

Result<std::size_t> pictures_of(const Library& library, RootId root) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto known, library.known_files(root));
  return static_cast<std::size_t>(
      std::ranges::count_if(known, [](const KnownFile& file) { return file.picture.has_value(); }));
}

struct OfRoot {
  std::vector<ImageId> here, gone;
};

Result<bool> unreachable(const Library& library, const Root& root, std::size_t gone) {
  if (missing_or_empty(root.path)) return true;
  const ChangeOptions rule;
  if (gone < rule.min_vanished) return false;
  GLIMPSE_ASSIGN_OR_RETURN(const std::size_t pictures, pictures_of(library, root.id));
  return static_cast<double>(gone) > rule.max_vanished_share * static_cast<double>(pictures);
}

/// Which lacking pictures of each root have a file.
Result<std::map<std::int64_t, OfRoot>> look_for(const Library& library, const std::vector<LackingPicture>& lacking) {
  constexpr std::size_t kAtOnce = 1000;
  std::map<std::int64_t, OfRoot> by_root;
  std::vector<ImageId> ids;
  for (std::size_t at = 0; at < lacking.size(); at += kAtOnce) {
    ids.clear();
    for (std::size_t i = at; i < std::min(lacking.size(), at + kAtOnce); ++i) ids.push_back(lacking[i].id);
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library.pictures(ids));
    for (const Picture& picture : pictures) {
      OfRoot& root = by_root[picture.root.value];
      (there(picture.path) ? root.here : root.gone).push_back(picture.id);
    }
  }
  return by_root;
}

void append(std::vector<ImageId>& to, const std::vector<ImageId>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Result<LackingSurvey> survey_lacking(const Library& library, GenerationId generation) {
  LackingSurvey survey;
  GLIMPSE_ASSIGN_OR_RETURN(const auto lacking, library.lacking_pictures(generation));
  GLIMPSE_ASSIGN_OR_RETURN(const auto by_root, look_for(library, lacking));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const Root& root : roots) {
    const auto found = by_root.find(root.id.value);
    if (found == by_root.end()) continue;
    const auto& [here, gone] = found->second;
    append(survey.here, here);
    GLIMPSE_ASSIGN_OR_RETURN(const bool away, gone.empty() ? false : unreachable(library, root, gone.size()));
    append(away ? survey.unreachable : survey.gone, gone);
    if (away) survey.unreachable_roots.push_back({root, gone.size()});
  }
  return survey;
}

}  // namespace glimpse::library
