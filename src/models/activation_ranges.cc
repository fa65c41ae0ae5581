#include "models/activation_ranges.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/file.h"
#include "models/config_reader.h"

namespace glimpse::models {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::int64_t kMaxConvolutions = 10'000;

}  // namespace

Result<std::vector<ActivationRange>> read_activation_ranges(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(file));
  const std::int64_t format = reader.integer("format", {1, 1'000'000});
  if (format != kFormat) {
    return Error::unsupported("{}: expected format {}, got {}; a newer glimpse reads it", display(file), kFormat,
                              format);
  }
  const auto count = static_cast<std::size_t>(reader.integer("convolutions", {1, kMaxConvolutions}));
  const std::vector<float> low = reader.numbers("low", count, {});
  const std::vector<float> high = reader.numbers("high", count, {});
  if (low.size() != count || high.size() != count) reader.problem("'low' and 'high': one of them is missing");
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  std::vector<ActivationRange> ranges;
  for (std::size_t i = 0; i < count; ++i) {
    if (low[i] > 0 || high[i] < 0 || low[i] >= high[i]) {
      reader.problem(
          fmt::format("convolution {}: expected low <= 0 <= high and low < high, got {} and {}", i, low[i], high[i]));
    }
    ranges.push_back({low[i], high[i]});
  }
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  return ranges;
}

Result<void> write_activation_ranges(const std::filesystem::path& file, std::span<const ActivationRange> ranges,
                                     int pictures) {
  const auto list = [&](float ActivationRange::* end) {
    std::string text;
    for (const ActivationRange& range : ranges) text += fmt::format("{}{}", text.empty() ? "" : ", ", range.*end);
    return text;
  };
  const std::string text = fmt::format(
      "{{\n  \"format\": {},\n  \"pictures\": {},\n  \"convolutions\": {},\n  \"low\": [{}],\n  \"high\": [{}]\n}}\n",
      kFormat, pictures, ranges.size(), list(&ActivationRange::low), list(&ActivationRange::high));
  return write_file_atomically(file, text);
}

}  // namespace glimpse::models
