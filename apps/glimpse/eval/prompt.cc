#include "eval/prompt.h"

namespace glimpse::app {
namespace {

constexpr std::string_view kPlace = "{}";

}  // namespace

std::string prompted(const std::string& prompt, std::string_view words) {
  const auto at = prompt.find(kPlace);
  if (at == std::string::npos) return std::string(words);
  return prompt.substr(0, at) + std::string(words) + prompt.substr(at + kPlace.size());
}

Result<void> check_prompt(const std::string& prompt) {
  if (prompt.empty()) return {};
  const auto at = prompt.find(kPlace);
  if (at != std::string::npos && prompt.find(kPlace, at + 1) == std::string::npos) return {};
  return Error::invalid_argument("the prompt '{}' needs one {{}}, where the words of the query go", prompt);
}

}  // namespace glimpse::app
