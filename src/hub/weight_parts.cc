#include "hub/weight_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace glimpse::hub {
namespace {

constexpr std::string_view kIndex = ".index.json";
constexpr int kMaxParts = 1000;

/// Of "model-00001-of-00007.safetensors": 7.
std::optional<int> count_in(std::string_view name, std::string_view beginning, std::string_view ending) {
  if (!name.starts_with(beginning) || !name.ends_with(ending)) return std::nullopt;
  const auto of = name.find("-of-", beginning.size());
  if (of == std::string_view::npos) return std::nullopt;
  const std::size_t first = of + 4;
  const std::size_t last = name.size() - ending.size();
  if (last <= first) return std::nullopt;
  const std::string_view digits = name.substr(first, last - first);
  int count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size() || count < 1 || count > kMaxParts)
    return std::nullopt;
  return count;
}

}  // namespace

bool is_index_of_parts(std::string_view name) { return name.ends_with(kIndex); }

std::vector<std::string> parts_beside_index(std::string_view index, std::span<const std::string> names) {
  if (!is_index_of_parts(index)) return {};
  const std::string_view whole = index.substr(0, index.size() - kIndex.size());  // "model.safetensors"
  const auto dot = whole.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string beginning = fmt::format("{}-", whole.substr(0, dot));
  const std::string_view ending = whole.substr(dot);
  std::optional<int> count;
  for (const std::string& name : names) {
    if (!count) count = count_in(name, beginning, ending);
  }
  std::vector<std::string> parts;
  for (int part = 1; part <= count.value_or(0); ++part) {
    parts.push_back(fmt::format("{}{:05}-of-{:05}{}", beginning, part, *count, ending));
    if (std::ranges::find(names, parts.back()) == names.end()) return {};
  }
  return parts;
}

}  // namespace glimpse::hub
