// Large models are published in parts, with an index beside them that says which tensor is in which. The parts are
// whole files of their own; the index adds nothing but the promise that none is missing, and that is checked.
#include "checkpoint/parts.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"

namespace glimpse::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kMaxIndexBytes = 32'000'000;
constexpr std::size_t kMaxParts = 1000;

/// Tensors of several files; the views point into the files' maps, which are kept.
class PartsCheckpoint final : public Checkpoint {
 public:
  PartsCheckpoint(fs::path index, std::vector<std::unique_ptr<Checkpoint>> parts, std::vector<TensorView> tensors)
      : Checkpoint(std::move(index)), parts_(std::move(parts)), tensors_(std::move(tensors)) {}

  std::span<const TensorView> tensors() const override { return tensors_; }

 private:
  std::vector<std::unique_ptr<Checkpoint>> parts_;
  std::vector<TensorView> tensors_;
};

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
}

/// Tensor → the file's name. An array of arrays, or anything else that is not flat, is refused before it is walked.
Result<std::map<std::string, std::string>> read_index(const fs::path& index) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(index, kMaxIndexBytes));
  constexpr int kDeepest = 3;
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kDeepest; };
  const json root = json::parse(text, shallow, /*allow_exceptions=*/false);
  const auto map = root.is_object() ? root.find("weight_map") : root.end();
  if (!root.is_object() || map == root.end() || !map->is_object() || map->empty()) {
    return Error::corruption("{}: expected an index of weights with a 'weight_map', found none", display(index));
  }
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get<std::string>())) {
      return Error::corruption("{}: tensor '{}': expected the name of a file beside the index, got {}", display(index),
                               tensor, file.dump(-1, ' ', true, json::error_handler_t::replace));
    }
    files.emplace(tensor, file.get<std::string>());
  }
  return files;
}

std::set<std::string> names_of(const std::map<std::string, std::string>& files) {
  std::set<std::string> names;
  for (const auto& [tensor, file] : files) names.insert(file);
  return names;
}

/// Sorted, and each of them once.
Result<std::vector<TensorView>> all_tensors(const std::vector<std::unique_ptr<Checkpoint>>& parts,
                                            const fs::path& index) {
  std::vector<TensorView> tensors;
  for (const auto& part : parts) tensors.insert(tensors.end(), part->tensors().begin(), part->tensors().end());
  std::ranges::sort(tensors, {}, &TensorView::name);
  const auto twice = std::ranges::adjacent_find(tensors, {}, &TensorView::name);
  if (twice == tensors.end()) return tensors;
  return Error::corruption("{}: tensor '{}' is in two of its parts", display(index), twice->name);
}

}  // namespace

bool is_index_of_parts(const fs::path& path) { return path.native().ends_with(".index.json"); }

Result<std::vector<fs::path>> parts_of_index(const fs::path& index) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, read_index(index));
  const auto names = names_of(files);
  if (names.size() > kMaxParts) {
    return Error::resource_exhausted("{}: weights in {} parts, the limit is {}", display(index), names.size(),
                                     kMaxParts);
  }
  std::vector<fs::path> paths;
  for (const auto& name : names) paths.push_back(index.parent_path() / name);
  return paths;
}

Result<std::unique_ptr<Checkpoint>> open_parts(const fs::path& index) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, read_index(index));
  GLIMPSE_ASSIGN_OR_RETURN(const auto paths, parts_of_index(index));
  std::vector<std::unique_ptr<Checkpoint>> parts;
  std::map<std::string, const Checkpoint*> by_name;
  for (const fs::path& path : paths) {
    if (is_index_of_parts(path)) return Error::corruption("{}: names another index as a part", display(index));
    GLIMPSE_ASSIGN_OR_RETURN(auto part, open(path));
    by_name[path.filename().native()] = part.get();
    parts.push_back(std::move(part));
  }
  for (const auto& [tensor, file] : files) {
    if (by_name.at(file)->find(tensor) != nullptr) continue;
    return Error::corruption("{}: tensor '{}' is missing, which {} says is there", display(index.parent_path() / file),
                             tensor, index.filename().native());
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto tensors, all_tensors(parts, index));
  return std::make_unique<PartsCheckpoint>(index, std::move(parts), std::move(tensors));
}

}  // namespace glimpse::checkpoint
