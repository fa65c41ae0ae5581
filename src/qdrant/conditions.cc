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
  GLIMPSE_ASSIGN_OR_RETURN(const auto values, values_of(key));
  std::vector<std::string> fitting;
  for (const auto& [value, points] : values) {
    const auto within = [name = lower(value)](const std::string& part) {
      return name.find(lower(part)) != std::string::npos;
    };
    if (std::ranges::any_of(parts, within)) fitting.push_back(value);
  }
  filter.match_any(key, fitting);
  return {};
}

std::vector<std::string> names_of(const std::vector<filter::Shape>& shapes) {
  std::vector<std::string> names;
  for (const filter::Shape shape : shapes) {
    switch (shape) {
      case filter::Shape::kLandscape:
        names.emplace_back("landscape");
        break;
      case filter::Shape::kPortrait:
        names.emplace_back("portrait");
        break;
      case filter::Shape::kSquare:
        names.emplace_back("square");
        break;
    }
  }
  return names;
}

void any_of(Filter& filter, std::string_view key, const std::vector<std::string>& values) {
  if (!values.empty()) filter.match_any(key, values);
}

}  // namespace

Result<Filter> filter_of(const filter::Filter& conditions, const ValuesOf& values_of) {
  if (conditions.captioned || !conditions.caption_words.empty()) {
    return Error::unsupported(
        "a Qdrant collection holds no captions: search for them in the library, with --store local");
  }
  Filter filter;
  any_of(filter, "folders", conditions.folders);
  any_of(filter, "format", conditions.formats);
  any_of(filter, "shape", names_of(conditions.shapes));
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
