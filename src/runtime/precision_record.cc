#include "runtime/precision_record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <span>
#include <string_view>
#include <system_error>

#include "models/config_reader.h"
#include "runtime/compiled_cache.h"
#include "runtime/machine.h"

namespace glimpse::runtime {
namespace {

namespace fs = std::filesystem;

fs::path record_path(const fs::path& cache_dir, const std::string& fingerprint) {
  return cache_dir / fmt::format("{}-precision.compiled", fingerprint.substr(0, 16));
}

std::string record_key(const std::string& fingerprint) {
  return fmt::format("precision|{}|{}", fingerprint, machine_and_runtime());
}

}  // namespace

Result<PrecisionRecord> read_precision_record(const fs::path& cache_dir, const std::string& fingerprint) {
  const fs::path path = record_path(cache_dir, fingerprint);
  GLIMPSE_ASSIGN_OR_RETURN(const CompiledFile file, CompiledFile::open(path, record_key(fingerprint)));
  const std::span<const std::byte> payload = file.payload();
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, models::ConfigReader::parse(text, path));
  PrecisionRecord record;
  GLIMPSE_ASSIGN_OR_RETURN(record.precision, parse_precision(reader.text("precision")));
  record.pictures = static_cast<int>(reader.integer("compared", {0, 1e9}));
  GLIMPSE_ASSIGN_OR_RETURN(record.words, parse_precision(reader.text("words")));
  record.words_median_cosine = reader.number("words_median_cosine", {-2, 2});
  const auto tried = reader.texts("tried");
  const auto cosines = reader.numbers("median_cosines", tried.size(), {});
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  for (std::size_t i = 0; i < cosines.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const Precision precision, parse_precision(tried[i]));
    record.trials.push_back({precision, cosines[i]});
  }
  GLIMPSE_ASSIGN_OR_RETURN(record.ranges, read_activation_ranges(reader));
  return record;
}

Result<void> write_precision_record(const fs::path& cache_dir, const std::string& fingerprint,
                                    const PrecisionRecord& record) {
  std::vector<std::string> tried;
  std::vector<double> cosines;
  for (const PrecisionTrial& trial : record.trials) {
    tried.push_back(fmt::format("\"{}\"", name_of(trial.precision)));
    cosines.push_back(trial.median_cosine);
  }
  const std::string text = fmt::format(
      "{{\n  \"precision\": \"{}\",\n  \"compared\": {},\n  \"tried\": [{}],\n  \"median_cosines\": [{}],\n"
      "  \"words\": \"{}\",\n  \"words_median_cosine\": {},\n{}}}\n",
      name_of(record.precision), record.pictures, fmt::join(tried, ", "), fmt::join(cosines, ", "),
      name_of(record.words), record.words_median_cosine, models::json_of(record.ranges));
  std::error_code ignored;
  fs::create_directories(cache_dir, ignored);
  return write_compiled_file(record_path(cache_dir, fingerprint), record_key(fingerprint), 1,
                             [&](std::ostream& stream) { stream << text; });
}

}  // namespace glimpse::runtime
