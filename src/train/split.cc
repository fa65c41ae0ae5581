#include "train/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/csv.h"
#include "base/file.h"
#include "base/sha1.h"

namespace glimpse::train {
namespace {

constexpr std::size_t kLeastGroups = 2;  // of validation and of training

std::string key_of(const Picture& picture, SplitKey key) {
  return key == SplitKey::kContent ? picture.sha1 : sha1(picture.name.filename().native());
}

/// Where in [0, 1) a SHA-1 lies, by its first 52 bits.
double share_of(const std::string& sha1) {
  return std::ldexp(static_cast<double>(std::stoull(sha1.substr(0, 13), nullptr, 16)), -52);
}

Part part_of(const std::string& sha1, const SplitOptions& options) {
  const double share = share_of(sha1);
  if (share < options.test) return Part::kTest;
  return share < options.test + options.validation ? Part::kValidation : Part::kTrain;
}

/// Parts of groups, of which validation and training have at least two each.
Result<std::vector<Part>> parts_of_groups(const std::vector<std::string>& least_keys, const SplitOptions& options) {
  std::vector<Part> parts;
  for (const std::string& key : least_keys) parts.push_back(part_of(key, options));
  const auto count = [&](Part part) { return static_cast<std::size_t>(std::ranges::count(parts, part)); };
  while (count(Part::kValidation) < kLeastGroups && count(Part::kTrain) > kLeastGroups) {
    std::size_t least = parts.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == Part::kTrain && (least == parts.size() || least_keys[i] < least_keys[least])) least = i;
    }
    parts[least] = Part::kValidation;
  }
  if (count(Part::kValidation) >= kLeastGroups && count(Part::kTrain) >= kLeastGroups) return parts;
  return Error::invalid_argument(
      "{} different pictures: {} to train on, {} for validation, {} to test; expected at least {} of each of the first "
      "two: give more pictures, or smaller shares of validation and test",
      parts.size(), count(Part::kTrain), count(Part::kValidation), count(Part::kTest), kLeastGroups);
}

}  // namespace

std::string_view name_of(Part part) {
  switch (part) {
    case Part::kTrain:
      return "train";
    case Part::kValidation:
      return "validation";
    case Part::kTest:
      return "test";
  }
  return "train";
}

Result<Split> split(const Dataset& data, const SplitOptions& options) {
  if (!(options.validation > 0 && options.test >= 0 && options.validation + options.test < 1)) {
    return Error::invalid_argument(
        "shares of validation {} and test {}: expected validation above 0, test at least 0, both together below 1",
        options.validation, options.test);
  }
  std::vector<std::string> keys, least(data.groups);
  for (const Picture& picture : data.pictures) {
    keys.push_back(key_of(picture, options.key));
    std::string& known = least[picture.group];
    if (known.empty() || keys.back() < known) known = keys.back();
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto group_parts, parts_of_groups(least, options));
  Split split;
  std::array<std::vector<std::string>, 3> lines;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    const Part part = group_parts[data.pictures[i].group];
    split.parts.push_back(part);
    split.members[static_cast<std::size_t>(part)].push_back(i);
    lines[static_cast<std::size_t>(part)].push_back(keys[i]);
  }
  for (std::size_t part = 0; part < lines.size(); ++part) {
    std::ranges::sort(lines[part]);
    split.sha1[part] = sha1(fmt::format("{}\n", fmt::join(lines[part], "\n")));
  }
  return split;
}

std::string split_table(const Dataset& data, const Split& split, SplitKey key) {
  std::string table = "part,sha1,file_name\n";
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    const Picture& picture = data.pictures[i];
    table += csv_line(
        std::vector<std::string>{std::string(name_of(split.parts[i])), key_of(picture, key), picture.name.native()});
  }
  return table;
}

}  // namespace glimpse::train
