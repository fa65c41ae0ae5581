#include "models/activation_ranges.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <optional>
#include <string>

#include "base/file.h"
#include "models/config_reader.h"

namespace glimpse::models {
namespace {

constexpr std::int64_t kFormat = 2;
constexpr double kMaxInputs = 10'000;
constexpr double kMaxWidth = 65'536;
constexpr int kMaxShift = 30;

/// A list of `count` whole numbers from 0 to `most`.
std::vector<std::int64_t> whole_numbers(ConfigReader& reader, const std::string& key, std::size_t count, Range range) {
  std::vector<std::int64_t> whole;
  for (const float number : reader.numbers(key, count, {})) {
    if (number != static_cast<float>(static_cast<std::int64_t>(number)) || number < static_cast<float>(range.least) ||
        number > static_cast<float>(range.most)) {
      reader.problem(
          fmt::format("'{}': expected whole numbers from {} to {}, got {}", key, range.least, range.most, number));
      return {};
    }
    whole.push_back(static_cast<std::int64_t>(number));
  }
  return whole;
}

/// The lists low, high and, from format 2 on, precise under a prefix of the keys.
Result<std::vector<ActivationRange>> read_ranges(ConfigReader& reader, const std::string& prefix, std::size_t count,
                                                 bool tells_precise) {
  const std::vector<float> low = reader.numbers(prefix + "low", count, {});
  const std::vector<float> high = reader.numbers(prefix + "high", count, {});
  std::vector<std::int64_t> precise(count, 0);
  if (tells_precise) precise = whole_numbers(reader, prefix + "precise", count, {0, 1});
  if (low.size() != count || high.size() != count || precise.size() != count) {
    reader.problem(fmt::format("'{0}low', '{0}high' and '{0}precise': one of them is missing", prefix));
  }
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  std::vector<ActivationRange> ranges;
  for (std::size_t i = 0; i < count; ++i) {
    if (low[i] > 0 || high[i] < 0 || low[i] >= high[i]) {
      reader.problem(fmt::format("{}range {}: expected low <= 0 <= high and low < high, got {} and {}", prefix, i,
                                 low[i], high[i]));
    }
    ranges.push_back({.low = low[i], .high = high[i], .precise = precise[i] != 0});
  }
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  return ranges;
}

Result<void> read_shifts(ConfigReader& reader, std::vector<ActivationRange>& ranges) {
  const auto widths = whole_numbers(reader, "linear.widths", ranges.size(), {0, kMaxWidth});
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  const auto total = static_cast<std::size_t>(std::accumulate(widths.begin(), widths.end(), std::int64_t{0}));
  const auto shifts = whole_numbers(reader, "linear.shifts", total, {-kMaxShift, kMaxShift});
  if (widths.size() != ranges.size() || shifts.size() != total) {
    reader.problem("'linear.widths' and 'linear.shifts': one of them is missing");
  }
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  auto next = shifts.begin();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto end = next + widths[i];
    ranges[i].shifts.assign(next, end);
    next = end;
  }
  return {};
}

/// The three lists of ranges as JSON, indented.
std::string written(const std::vector<ActivationRange>& ranges, const char* indent) {
  std::vector<float> low, high;
  std::vector<int> precise;
  for (const ActivationRange& range : ranges) {
    low.push_back(range.low);
    high.push_back(range.high);
    precise.push_back(range.precise ? 1 : 0);
  }
  return fmt::format("{0}\"low\": [{1}],\n{0}\"high\": [{2}],\n{0}\"precise\": [{3}]", indent, fmt::join(low, ", "),
                     fmt::join(high, ", "), fmt::join(precise, ", "));
}

Result<ActivationRanges> read_first_format(ConfigReader& reader) {
  const auto count = static_cast<std::size_t>(reader.integer("convolutions", {1, kMaxInputs}));
  ActivationRanges ranges;
  GLIMPSE_ASSIGN_OR_RETURN(ranges.convolutions, read_ranges(reader, "", count, /*tells_precise=*/false));
  for (std::size_t i = 0; i < kPreciseConvolutions && i < count; ++i) ranges.convolutions[i].precise = true;
  return ranges;
}

}  // namespace

std::string json_of(const ActivationRanges& ranges) {
  std::vector<std::size_t> widths;
  std::vector<int> shifts;
  for (const ActivationRange& range : ranges.linears) {
    widths.push_back(range.shifts.size());
    shifts.insert(shifts.end(), range.shifts.begin(), range.shifts.end());
  }
  return fmt::format(
      "  \"convolutions\": {},\n{},\n  \"linear\": {{\n"
      "    \"inputs\": {},\n{},\n    \"widths\": [{}],\n    \"shifts\": [{}]\n  }}\n",
      ranges.convolutions.size(), written(ranges.convolutions, "  "), ranges.linears.size(),
      written(ranges.linears, "    "), fmt::join(widths, ", "), fmt::join(shifts, ","));
}

Hash128 hash_of(const ActivationRanges& ranges) { return hash128(json_of(ranges)); }

Result<ActivationRanges> read_activation_ranges(ConfigReader& reader) {
  const auto convolutions = static_cast<std::size_t>(reader.integer("convolutions", {0, kMaxInputs}));
  const auto linears = static_cast<std::size_t>(reader.integer("linear.inputs", {0, kMaxInputs}));
  ActivationRanges ranges;
  GLIMPSE_ASSIGN_OR_RETURN(ranges.convolutions, read_ranges(reader, "", convolutions, /*tells_precise=*/true));
  GLIMPSE_ASSIGN_OR_RETURN(ranges.linears, read_ranges(reader, "linear.", linears, /*tells_precise=*/true));
  GLIMPSE_RETURN_IF_ERROR(read_shifts(reader, ranges.linears));
  return ranges;
}

Result<ActivationRanges> read_activation_ranges(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(file));
  const std::int64_t format = reader.integer("format", {1, 1'000'000});
  if (format > kFormat) {
    return Error::unsupported("{}: expected format 1 to {}, got {}; a newer glimpse reads it", display(file), kFormat,
                              format);
  }
  if (format == 1) return read_first_format(reader);
  return read_activation_ranges(reader);
}

Result<void> write_activation_ranges(const std::filesystem::path& file, const ActivationRanges& ranges, int pictures) {
  return write_file_atomically(
      file, fmt::format("{{\n  \"format\": {},\n  \"pictures\": {},\n{}}}\n", kFormat, pictures, json_of(ranges)));
}

}  // namespace glimpse::models
