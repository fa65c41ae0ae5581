#include "generation_choice.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "model_store.h"

namespace glimpse::app {
namespace {

using library::Generation;

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string listed(const std::vector<Generation>& generations) {
  std::string list;
  for (const auto& generation : generations) {
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", generation.id.value, generation.model);
  }
  return list.empty() ? "none" : list;
}

}  // namespace

Result<Generation> find_generation(const library::Library& library, const std::string& given) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string wanted, clean_name(given));
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, library.generations());
  std::vector<Generation> found;
  const auto id = number_in(wanted);
  for (const auto& generation : all) {
    if (generation.model == wanted || (id && generation.id.value == *id)) found.push_back(generation);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return Error::not_found("no generation '{}' in the library: there is {}", wanted, listed(all));
  return Error::invalid_argument("'{}' means several generations: say which by its id: {}", wanted, listed(found));
}

}  // namespace glimpse::app
