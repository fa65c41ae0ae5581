#include "heads/phrases.h"

#include <algorithm>
#include <set>

namespace glimpse::heads {
namespace {

using Words = std::set<std::string, std::less<>>;

const Words& attributes() {
  static const Words kWords = {"black",   "white",  "red",    "green",    "blue",   "yellow", "orange", "brown",
                               "pink",    "purple", "gray",   "grey",     "tan",    "golden", "blond",  "blonde",
                               "dark",    "light",  "bright", "colorful", "two",    "three",  "four",   "five",
                               "several", "many",   "young",  "old",      "little", "small",  "large",  "big",
                               "wet",     "snowy",  "grassy", "sandy",    "rocky",  "wooden"};
  return kWords;
}

const Words& particles() {
  static const Words kWords = {"and",     "with", "in",    "on",      "of",     "at",       "to",   "is",
                               "are",     "the",  "a",     "an",      "by",     "for",      "from", "as",
                               "who",     "that", "his",   "her",     "their",  "its",      "it",   "he",
                               "she",     "they", "while", "or",      "into",   "up",       "down", "over",
                               "through", "out",  "color", "colored", "colour", "coloured", "one"};
  return kWords;
}

bool is_noun_like(const std::string& word) {
  return word.size() > 2 && !attributes().contains(word) && !particles().contains(word);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || c == '\'') {
      words.back() += c;
    } else if (c >= 'A' && c <= 'Z') {
      words.back() += static_cast<char>(c - 'A' + 'a');
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

std::vector<std::string> phrases_of(std::string_view caption) {
  const std::vector<std::string> words = words_of(caption);
  std::set<std::string> phrases;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (attributes().contains(words[i]) && is_noun_like(words[i + 1])) phrases.insert(words[i] + ' ' + words[i + 1]);
  }
  return {phrases.begin(), phrases.end()};
}

}  // namespace glimpse::heads
