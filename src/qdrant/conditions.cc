#include "qdrant/conditions.h"

#include <algorithm>

namespace glimpse::qdrant {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

Result<void> part_of(Filter& filter, const std::string& key, const std::vector<std::string>& parts,
                     const ValuesOf& values_of) {
  if (parts.empty()) return {};
  GLIMPSE_ASSIGN_OR_RETURN(auto values, values_of(key));
  const auto fits = [&](const std::string& value) {
    return std::ranges::any_of(
        parts, [name = lower(value)](const std::string& part) { return name.find(lower(part)) != std::string::npos; });
  };
  std::erase_if(values, [&](const std::string& value) { return !fits(value); });
  filter.match_any(key, values);
  return {};
}

void any_of(Filter& filter, std::string_view key, const std::vector<std::string>& values) {
  if (!values.empty()) filter.match_any(key, values);
}

}  // namespace

Result<Filter> filter_of(const Conditions& conditions, const ValuesOf& values_of) {
  Filter filter;
  any_of(filter, "folders", conditions.folders);
  any_of(filter, "format", conditions.formats);
  any_of(filter, "shape", conditions.shapes);
  filter.in_time("date", conditions.from_ms, conditions.before_ms);
  filter.between("pixels", conditions.min_pixels, conditions.max_pixels);
  filter.between("width", conditions.min_width, conditions.max_width);
  filter.between("height", conditions.min_height, conditions.max_height);
  if (const auto& near = conditions.near) {
    filter.within("location", near->latitude, near->longitude, near->radius_km * 1000);
  }
  GLIMPSE_RETURN_IF_ERROR(part_of(filter, "camera", conditions.cameras, values_of));
  GLIMPSE_RETURN_IF_ERROR(part_of(filter, "lens", conditions.lenses, values_of));
  return filter;
}

}  // namespace glimpse::qdrant
