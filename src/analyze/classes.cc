#include "analyze/classes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/file.h"

namespace glimpse::analyze {
namespace {

using Counts = std::map<std::string, std::size_t>;

ClassBalance balance_of(ClassSource source, const Counts& counts) {
  ClassBalance balance{.source = source, .classes = {}};
  double total = 0, entropy = 0;
  for (const auto& [name, pictures] : counts) {
    balance.classes.push_back({name, pictures});
    total += static_cast<double>(pictures);
  }
  std::ranges::stable_sort(balance.classes, std::ranges::greater{}, &ClassCount::pictures);
  for (const ClassCount& one : balance.classes) {
    const double share = static_cast<double>(one.pictures) / total;
    entropy -= share * std::log(share);
  }
  balance.effective = std::exp(entropy);
  return balance;
}

bool separates(char c) { return c == '_' || c == '-' || c == ' ' || c == '.' || c == '('; }

}  // namespace

std::string name_prefix(const std::filesystem::path& picture) {
  const std::string stem = picture.stem().native();
  const auto separator = std::ranges::find_if(stem, separates);
  if (separator != stem.end()) return {stem.begin(), separator};
  const auto digit = std::ranges::find_if(stem, [](char c) { return c >= '0' && c <= '9'; });
  return digit == stem.end() ? std::string() : std::string(stem.begin(), digit);
}

std::string class_of(const std::filesystem::path& picture, ClassSource source) {
  switch (source) {
    case ClassSource::kNone:
      return {};
    case ClassSource::kFolders:
      return picture.has_parent_path() ? display(picture.parent_path()) : "(top)";
    case ClassSource::kNames:
      return display(name_prefix(picture));
  }
  return {};
}

ClassBalance class_balance(std::span<const std::filesystem::path> pictures) {
  Counts folders, names;
  for (const auto& picture : pictures) {
    ++folders[class_of(picture, ClassSource::kFolders)];
    ++names[class_of(picture, ClassSource::kNames)];
  }
  if (folders.size() > 1) return balance_of(ClassSource::kFolders, folders);
  const bool repeats = names.size() > 1 && 2 * names.size() <= pictures.size();
  if (repeats && !names.contains("")) return balance_of(ClassSource::kNames, names);
  return {};
}

}  // namespace glimpse::analyze
