#include "hub/cache.h"

#include <string>
#include <vector>

#include "base/file.h"
#include "hub/weight_parts.h"

namespace glimpse::hub {
namespace fs = std::filesystem;

std::optional<fs::path> find_in_cache(const fs::path& hub_cache, const ModelName& model) {
  std::string folder = "models--" + model.repository;
  if (const auto slash = folder.find('/'); slash != std::string::npos) folder.replace(slash, 1, "--");
  // A branch is a file that holds a commit; a commit is its own name.
  std::string commit = model.revision;
  if (const auto ref = read_text_file(hub_cache / folder / "refs" / model.revision, 200)) commit = *ref;
  while (!commit.empty() && std::isspace(static_cast<unsigned char>(commit.back())) != 0) commit.pop_back();
  if (commit.empty() || commit.find('/') != std::string::npos || commit.starts_with('.')) return std::nullopt;

  const fs::path snapshot = hub_cache / folder / "snapshots" / commit;
  std::error_code ignored;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(snapshot, ignored)) names.push_back(entry.path().filename().string());
  const auto has_parts = [&](const char* index) { return !parts_beside_index(index, names).empty(); };
  const auto has = [&](const char* file) { return fs::exists(snapshot / file, ignored); };
  const bool configured = has("config.json") || has("open_clip_config.json");
  const bool weighted = has("model.safetensors") || has("pytorch_model.bin") || has("open_clip_model.safetensors") ||
                        has("open_clip_pytorch_model.bin") || has_parts("model.safetensors.index.json") ||
                        has_parts("pytorch_model.bin.index.json");
  if (!configured || !weighted) return std::nullopt;
  return snapshot;
}

}  // namespace glimpse::hub
