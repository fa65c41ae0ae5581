#include "evaluate/truth_builder.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/utf8.h"

namespace glimpse::evaluate {
namespace {

constexpr std::size_t kMaxRemarks = 20;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

void TruthBuilder::broken(std::string_view where, std::string_view what) {
  ++truth_.broken;
  if (truth_.remarks.size() < kMaxRemarks) truth_.remarks.push_back(fmt::format("{}: {}", where, what));
}

void TruthBuilder::add(std::string_view picture, std::string_view text, std::string_view where) {
  text = trimmed(text);
  if (picture.empty()) return broken(where, "no file name");
  if (text.empty()) {
    ++truth_.empty;
    return broken(where, "an empty caption");
  }
  if (!is_valid_utf8(text)) return broken(where, "a caption that is no UTF-8");
  const auto [known_picture, new_picture] = pictures_.try_emplace(std::string(picture), truth_.pictures.size());
  if (new_picture) truth_.pictures.emplace_back(picture);
  const auto [known_text, new_text] = texts_.try_emplace(std::string(text), truth_.texts.size());
  if (new_text) truth_.texts.push_back({std::string(text), {}});
  auto& right = truth_.texts[known_text->second].pictures;
  const auto place = std::ranges::lower_bound(right, known_picture->second);
  if (place != right.end() && *place == known_picture->second) {
    ++truth_.repeated;
  } else {
    right.insert(place, known_picture->second);
  }
}

std::vector<std::vector<std::size_t>> GroundTruth::texts_of_pictures() const {
  std::vector<std::vector<std::size_t>> texts_of(pictures.size());
  for (std::size_t text = 0; text < texts.size(); ++text) {
    for (const std::size_t picture : texts[text].pictures) texts_of[picture].push_back(text);
  }
  return texts_of;
}

}  // namespace glimpse::evaluate
