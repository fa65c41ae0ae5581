// A table of conditions, each with the function that reads its value. The command line makes its flags of it and the
// server its query parameters, so both say the same.
#include "filter/conditions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <vector>

#include "base/utf8.h"
#include "filter/time.h"

namespace glimpse::filter {
namespace {

constexpr int kMaxSide = 1'000'000;
constexpr std::int64_t kMaxPixels = std::int64_t{kMaxSide} * kMaxSide;
constexpr double kDefaultRadiusKm = 10, kMaxRadiusKm = 20'038;  // half way around the earth

Error expected(std::string_view what, std::string_view value) {
  return Error::invalid_argument("expected {}, got '{}'", what, valid_utf8(value.substr(0, 80)));
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return out;
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Result<void> add_value(std::vector<std::string>& values, std::string value) {
  if (values.size() == kMaxValues) return Error::invalid_argument("expected at most {} of them", kMaxValues);
  if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  return {};
}

Result<void> folder(Filter& filter, std::string_view value) {
  std::filesystem::path path = std::filesystem::path(std::string(value)).lexically_normal();
  if (path.has_parent_path() && !path.has_filename() && path != path.root_path()) path = path.parent_path();
  if (path.begin() != path.end() && *path.begin() == "..") {
    return expected("a folder of the library, from its root on or relative to one of its roots", value);
  }
  if (path == ".") return {};  // every root: no condition
  return add_value(filter.folders, path.native());
}

Result<void> after(Filter& filter, std::string_view value) {
  GLIMPSE_ASSIGN_OR_RETURN(filter.from_ms, parse_time(value));
  return {};
}

Result<void> before(Filter& filter, std::string_view value) {
  GLIMPSE_ASSIGN_OR_RETURN(filter.before_ms, parse_time(value));
  return {};
}

Result<void> camera(Filter& filter, std::string_view value) { return add_value(filter.cameras, std::string(value)); }
Result<void> lens(Filter& filter, std::string_view value) { return add_value(filter.lenses, std::string(value)); }

Result<void> format(Filter& filter, std::string_view value) {
  constexpr std::array kFormats = {"jpeg", "png", "bmp", "gif", "webp", "tiff", "heic", "avif"};
  constexpr std::array<std::array<std::string_view, 2>, 3> kOthers = {
      {{"jpg", "jpeg"}, {"tif", "tiff"}, {"heif", "heic"}}};
  std::string name = lowered(value);
  for (const auto& [other, own] : kOthers) {
    if (name == other) name = own;
  }
  if (std::ranges::find(kFormats, name) == kFormats.end()) {
    return expected("jpeg, png, bmp, gif, webp, tiff, heic or avif", value);
  }
  return add_value(filter.formats, std::move(name));
}

/// "12M" is 12,000,000.
Result<std::int64_t> pixels(std::string_view value) {
  std::string_view digits = value;
  std::optional<double> count;
  if (digits.ends_with('M') || digits.ends_with('k')) {
    digits.remove_suffix(1);
    if (const auto number = real(digits)) count = *number * (value.ends_with('M') ? 1e6 : 1e3);
  } else if (const auto number = whole(digits)) {
    count = static_cast<double>(*number);
  }
  if (!count || !(*count >= 0 && *count <= static_cast<double>(kMaxPixels))) {
    return expected("a number of pixels such as 2000000, 500k or 12M", value);
  }
  return static_cast<std::int64_t>(*count);
}

template <std::optional<std::int64_t> Filter::* target>
Result<void> pixels_of(Filter& filter, std::string_view value) {
  GLIMPSE_ASSIGN_OR_RETURN(filter.*target, pixels(value));
  return {};
}

template <std::optional<int> Filter::* target>
Result<void> side(Filter& filter, std::string_view value) {
  const auto number = whole(value);
  if (!number || *number < 0 || *number > kMaxSide) {
    return expected(fmt::format("a whole number of pixels from 0 to {}", kMaxSide), value);
  }
  filter.*target = static_cast<int>(*number);
  return {};
}

Result<void> shape(Filter& filter, std::string_view value) {
  constexpr std::array<std::pair<std::string_view, Shape>, 3> kShapes = {
      {{"landscape", Shape::kLandscape}, {"portrait", Shape::kPortrait}, {"square", Shape::kSquare}}};
  for (const auto& [name, wanted] : kShapes) {
    if (lowered(value) != name) continue;
    if (std::ranges::find(filter.shapes, wanted) == filter.shapes.end()) filter.shapes.push_back(wanted);
    return {};
  }
  return expected("landscape, portrait or square", value);
}

/// "25", "25km", "800m", "10mi" as kilometres.
std::optional<double> radius_km(std::string_view text) {
  double unit = 1;
  for (const auto& [name, km] : {std::pair<std::string_view, double>{"km", 1}, {"mi", 1.609344}, {"m", 0.001}}) {
    if (!text.ends_with(name)) continue;
    unit = km;
    text.remove_suffix(name.size());
    break;
  }
  const auto number = real(text);
  if (!number || !(*number * unit > 0) || *number * unit > kMaxRadiusKm) return std::nullopt;
  return *number * unit;
}

Result<void> near(Filter& filter, std::string_view value) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = value;; rest.remove_prefix(parts.back().size() + 1)) {
    parts.push_back(rest.substr(0, rest.find(',')));
    if (parts.back().size() == rest.size()) break;
  }
  for (auto& part : parts) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
  }
  const auto fits = [](std::optional<double> degrees, double most) { return degrees && std::abs(*degrees) <= most; };
  const auto latitude = real(parts[0]), longitude = parts.size() > 1 ? real(parts[1]) : std::nullopt;
  const auto radius = parts.size() > 2 ? radius_km(parts[2]) : std::optional(kDefaultRadiusKm);
  if (parts.size() > 3 || !fits(latitude, 90) || !fits(longitude, 180) || !radius) {
    return expected("LATITUDE,LONGITUDE,RADIUS such as 48.2,16.4,25km", value);
  }
  filter.near = Near{*latitude, *longitude, *radius};
  return {};
}

Result<void> captioned(Filter& filter, std::string_view value) {
  const std::string answer = lowered(value);
  if (answer != "yes" && answer != "no") return expected("yes or no", value);
  filter.captioned = answer == "yes";
  return {};
}

Result<void> caption_words(Filter& filter, std::string_view value) {
  filter.caption_words = value;
  return {};
}

using Reader = Result<void> (*)(Filter&, std::string_view);

constexpr std::array kConditions = {
    Condition{"folder", "FOLDER", "In this folder of the library, such as trips/2023", ValueKind::kText, true},
    Condition{"after", "DATE",
              "Taken on this day or later: 2023, 2023-06 or 2023-06-01; where unknown, the file's date"},
    Condition{"before", "DATE", "Taken before this day"},
    Condition{"camera", "NAME", "With this camera; a part of its name is enough", ValueKind::kText, true},
    Condition{"lens", "NAME", "With this lens; a part of its name is enough", ValueKind::kText, true},
    Condition{"format", "NAME", "jpeg, png, bmp, gif, webp, tiff, heic or avif", ValueKind::kText, true},
    Condition{"min_pixels", "COUNT", "At least so many pixels, such as 2M", ValueKind::kWholeNumber},
    Condition{"max_pixels", "COUNT", "At most so many pixels", ValueKind::kWholeNumber},
    Condition{"min_width", "PIXELS", "At least so wide, upright", ValueKind::kWholeNumber},
    Condition{"max_width", "PIXELS", "At most so wide", ValueKind::kWholeNumber},
    Condition{"min_height", "PIXELS", "At least so high", ValueKind::kWholeNumber},
    Condition{"max_height", "PIXELS", "At most so high", ValueKind::kWholeNumber},
    Condition{"shape", "SHAPE", "landscape, portrait or square", ValueKind::kText, true},
    Condition{"near", "PLACE", "Taken near LATITUDE,LONGITUDE,RADIUS, such as 48.2,16.4,25km"},
    Condition{"captioned", "yes|no", "With a caption, or without", ValueKind::kYesNo},
    Condition{"caption_words", "WORDS", "With all these words in the caption"},
};

constexpr std::array<Reader, kConditions.size()> kReaders = {
    folder,
    after,
    before,
    camera,
    lens,
    format,
    pixels_of<&Filter::min_pixels>,
    pixels_of<&Filter::max_pixels>,
    side<&Filter::min_width>,
    side<&Filter::max_width>,
    side<&Filter::min_height>,
    side<&Filter::max_height>,
    shape,
    near,
    captioned,
    caption_words,
};

/// Says something, and fits.
Result<void> check_text(std::string_view value) {
  if (value.size() > kMaxConditionBytes) {
    return Error::invalid_argument("expected at most {} bytes, got {}", kMaxConditionBytes, value.size());
  }
  const bool blank = value.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
  if (blank || value.find('\0') != std::string_view::npos) return Error::invalid_argument("must not be empty");
  return {};
}

}  // namespace

std::span<const Condition> conditions() { return kConditions; }

Result<void> add_condition(Filter& filter, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(kConditions, name, &Condition::name);
  if (found == kConditions.end()) return Error::invalid_argument("{}: no such condition", valid_utf8(name));
  GLIMPSE_RETURN_IF_ERROR(check_text(value).with_context(name));
  return kReaders[static_cast<std::size_t>(found - kConditions.begin())](filter, value).with_context(name);
}

}  // namespace glimpse::filter
