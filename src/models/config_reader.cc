#include "models/config_reader.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"

namespace glimpse::models {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxBytes = 4 << 20;
constexpr std::size_t kMaxShown = 60;

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
  return text;
}

}  // namespace

struct ConfigReader::State {
  std::filesystem::path path;
  json root;
  std::vector<std::string> problems;

  const json* find(std::string_view key) const {
    const json* at = &root;
    while (!key.empty()) {
      const std::size_t dot = key.find('.');
      if (!at->is_object()) return nullptr;
      const auto found = at->find(std::string(key.substr(0, dot)));
      if (found == at->end()) return nullptr;
      at = &*found;
      key = dot == std::string_view::npos ? std::string_view() : key.substr(dot + 1);
    }
    return at->is_null() ? nullptr : at;
  }

  template <typename T>
  T absent(std::string_view key, const std::optional<T>& fallback, T otherwise) {
    if (fallback) return *fallback;
    problems.push_back(fmt::format("'{}' is missing", key));
    return otherwise;
  }

  void wrong(std::string_view key, std::string_view expected, const json& got) {
    problems.push_back(fmt::format("'{}': expected {}, got {}", key, expected, shown(got)));
  }
};

ConfigReader::ConfigReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader& ConfigReader::operator=(ConfigReader&&) noexcept = default;
ConfigReader::~ConfigReader() = default;

Result<ConfigReader> ConfigReader::open(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, kMaxBytes));
  return parse(text, path);
}

Result<ConfigReader> ConfigReader::parse(std::string_view text, const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!state->root.is_object()) {
    return Error::corruption("{}: expected a JSON object, got {}", display(path),
                             state->root.is_discarded() ? "no valid JSON" : shown(state->root));
  }
  return ConfigReader(std::move(state));
}

bool ConfigReader::has(std::string_view key) const { return state_->find(key) != nullptr; }

bool ConfigReader::is_object(std::string_view key) const {
  const json* value = state_->find(key);
  return value != nullptr && value->is_object();
}

bool ConfigReader::is_number(std::string_view key) const {
  const json* value = state_->find(key);
  return value != nullptr && value->is_number();
}

bool ConfigReader::is_list(std::string_view key) const {
  const json* value = state_->find(key);
  return value != nullptr && value->is_array();
}

std::int64_t ConfigReader::integer(std::string_view key, Range range, std::optional<std::int64_t> fallback) {
  const json* value = state_->find(key);
  const auto least = static_cast<std::int64_t>(range.least);
  if (value == nullptr) return state_->absent(key, fallback, least);
  if (value->is_number_integer()) {
    const auto number = value->get<double>();  // compared as double: an unsigned value beyond int64 stays beyond
    if (number >= range.least && number <= range.most) return value->get<std::int64_t>();
  }
  state_->wrong(key, fmt::format("a whole number from {} to {}", range.least, range.most), *value);
  return least;
}

double ConfigReader::number(std::string_view key, Range range, std::optional<double> fallback) {
  const json* value = state_->find(key);
  if (value == nullptr) return state_->absent(key, fallback, range.least);
  if (value->is_number()) {
    const auto number = value->get<double>();
    if (number >= range.least && number <= range.most) return number;
  }
  state_->wrong(key, fmt::format("a number from {} to {}", range.least, range.most), *value);
  return range.least;
}

bool ConfigReader::boolean(std::string_view key, bool fallback) {
  const json* value = state_->find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  state_->wrong(key, "true or false", *value);
  return fallback;
}

std::string ConfigReader::text(std::string_view key, std::optional<std::string> fallback) {
  const json* value = state_->find(key);
  if (value == nullptr) return state_->absent(key, fallback, std::string());
  if (value->is_string()) return value->get<std::string>();
  state_->wrong(key, "a string", *value);
  return {};
}

std::vector<float> ConfigReader::numbers(std::string_view key, std::size_t count, std::vector<float> fallback) {
  const json* value = state_->find(key);
  if (value == nullptr) return fallback;
  std::vector<float> numbers;
  if (value->is_array() && value->size() == count) {
    for (const json& item : *value) {
      if (item.is_number() && std::isfinite(item.get<float>())) numbers.push_back(item.get<float>());
    }
  }
  if (numbers.size() == count) return numbers;
  state_->wrong(key, fmt::format("{} numbers", count), *value);
  return fallback;
}

std::vector<std::string> ConfigReader::texts(std::string_view key) {
  const json* value = state_->find(key);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (value->is_array()) {
    for (const json& item : *value) {
      if (item.is_string()) texts.push_back(item.get<std::string>());
    }
    if (texts.size() == value->size()) return texts;
  }
  state_->wrong(key, "a list of strings", *value);
  return {};
}

std::string ConfigReader::file_name(std::string_view key) {
  std::string name = text(key);
  const std::filesystem::path path(name);
  bool inside = !name.empty() && path.is_relative() && name.find('\0') == std::string::npos;
  for (const auto& part : path) inside = inside && part != "..";
  if (!inside && has(key))
    problem(fmt::format("'{}': expected a file inside the model's directory, got \"{}\"", key, name));
  return inside ? name : std::string();
}

void ConfigReader::problem(std::string description) { state_->problems.push_back(std::move(description)); }

Result<void> ConfigReader::check() const {
  if (state_->problems.empty()) return {};
  return Error::corruption("{}: {}", display(state_->path), fmt::join(state_->problems, "; "));
}

}  // namespace glimpse::models
