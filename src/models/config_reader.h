#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::models {

struct Range {
  double least;
  double most;
};

/// Reads a JSON configuration and collects everything that is wrong with it: a bad field gives its fallback (or the
/// range's least value) and a line in check()'s error. Keys are paths: "text_config.hidden_size".
class ConfigReader {
 public:
  /// Errors: not_found; corruption (no JSON object); resource_exhausted (over 4 MB).
  static Result<ConfigReader> open(const std::filesystem::path& path);
  /// The same from text that was read already; `path` is for messages.
  static Result<ConfigReader> parse(std::string_view text, const std::filesystem::path& path);
  ConfigReader(ConfigReader&&) noexcept;
  ConfigReader& operator=(ConfigReader&&) noexcept;
  ~ConfigReader();

  /// Present and not null.
  bool has(std::string_view key) const;
  bool is_object(std::string_view key) const;
  bool is_number(std::string_view key) const;
  bool is_list(std::string_view key) const;

  // A field that is absent takes the fallback; without one that is a problem.
  std::int64_t integer(std::string_view key, Range range, std::optional<std::int64_t> fallback = std::nullopt);
  double number(std::string_view key, Range range, std::optional<double> fallback = std::nullopt);
  bool boolean(std::string_view key, bool fallback);
  std::string text(std::string_view key, std::optional<std::string> fallback = std::nullopt);
  std::vector<float> numbers(std::string_view key, std::size_t count, std::vector<float> fallback);
  /// The strings of a list; empty when absent.
  std::vector<std::string> texts(std::string_view key);
  /// A file name or a relative path that stays inside the directory.
  std::string file_name(std::string_view key);

  /// Adds a problem that the caller found.
  void problem(std::string description);
  /// Errors: corruption naming the file and every problem.
  Result<void> check() const;

 private:
  struct State;
  explicit ConfigReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::models
