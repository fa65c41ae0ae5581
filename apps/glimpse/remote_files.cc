#include "remote_files.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "library/library.h"
#include "qdrant/labels.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& file, const fs::path& folder) {
  return std::ranges::mismatch(folder, file).in1 == folder.end();
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

RemoteFiles RemoteFiles::open(const CommonFlags& common) {
  RemoteFiles files;
  if (!common.store.dataset.empty()) files.dataset_ = fs::absolute(common.store.dataset);
  const auto library = library::Library::open(common.library, {.access = library::Access::kReadOnly});
  if (!library) return files;
  const auto labels = qdrant::Labels::read(**library);
  const auto roots = (*library)->roots();
  if (!labels || !roots || labels->library.empty()) return files;
  for (const auto& root : *roots) {
    const auto label = labels->roots.find(root.id.value);
    if (label != labels->roots.end()) files.roots_.push_back({labels->library, label->second, root.path});
  }
  return files;
}

fs::path RemoteFiles::locate(const qdrant::Payload& payload) const {
  const fs::path name(payload.image_path);
  for (const Root& root : roots_) {
    if (root.library == payload.library && root.label == payload.root) return root.path / name;
  }
  if (dataset_.empty() || name.is_absolute()) return name;
  const fs::path direct = dataset_ / name, by_root = dataset_ / payload.root / name;
  return !is_there(direct) && !payload.root.empty() && is_there(by_root) ? by_root : direct;
}

Result<fs::path> RemoteFiles::real_path(const fs::path& file) const {
  std::error_code error;
  fs::path real = fs::canonical(file, error);
  if (error || !file.is_absolute()) return Error::not_found("{}: the file is not on this machine", display(file));
  const auto holds = [&](const fs::path& folder) {
    std::error_code failed;
    const fs::path real_folder = fs::canonical(folder, failed);
    return !failed && is_inside(real, real_folder);
  };
  const bool in_a_root = std::ranges::any_of(roots_, [&](const Root& root) { return holds(root.path); });
  if (in_a_root || (!dataset_.empty() && holds(dataset_))) return real;
  return Error::not_found("{}: not in DATASET_PATH", display(file));
}

}  // namespace glimpse::app
