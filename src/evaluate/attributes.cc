// Words are runs of ASCII letters and digits; all else separates them. The words that lists know are looked up from
// each word on, the longest first, so that "on top of" is one relation and not also "on".
#include "evaluate/attributes.h"

#include <algorithm>
#include <vector>

#include "evaluate/attribute_words.h"

namespace glimpse::evaluate {
namespace {

constexpr std::size_t kLongestPhrase = 4;  // words: "in the middle of"
constexpr std::array<std::string_view, 5> kNames = {"colour", "count", "object", "scene", "relation"};

bool is_word_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char byte : text) {
    const char c = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    if (is_word_byte(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool knows(Attribute attribute, std::string_view word) { return std::ranges::binary_search(words_of(attribute), word); }

/// The form of a noun that the list has; empty: none.
std::string listed_noun(Attribute attribute, const std::string& word) {
  const auto listed = [&](std::string form) { return knows(attribute, form) ? form : std::string(); };
  if (const auto irregular = irregular_singular(word); !irregular.empty()) return listed(std::string(irregular));
  if (auto form = listed(word); !form.empty()) return form;
  if (word.ends_with("ies")) return listed(word.substr(0, word.size() - 3) + "y");
  if (word.ends_with("es")) {
    if (auto form = listed(word.substr(0, word.size() - 2)); !form.empty()) return form;
  }
  return word.ends_with("s") ? listed(word.substr(0, word.size() - 1)) : std::string();
}

/// A number of two digits at the most, and no single thing: "2", not "1", no year, no number on a shirt like "007".
bool is_count(const std::string& word) {
  const bool digits = std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
  return digits && word.size() <= 2 && word[0] != '0' && word != "1";
}

/// Takes the relation that begins with the word `at`; gives how many words it has, 0 for none.
std::size_t take_relation(const std::vector<std::string>& words, std::size_t at, Attributes& found) {
  for (std::size_t count = std::min(kLongestPhrase, words.size() - at); count > 0; --count) {
    std::string phrase = words[at];
    for (std::size_t i = 1; i < count; ++i) phrase += ' ' + words[at + i];
    if (!knows(Attribute::kRelation, phrase)) continue;
    found[Attribute::kRelation].insert(std::move(phrase));
    return count;
  }
  return 0;
}

void take_word(const std::string& word, Attributes& found) {
  if (knows(Attribute::kColour, word)) found[Attribute::kColour].insert(word);
  if (knows(Attribute::kCount, word) || is_count(word)) found[Attribute::kCount].insert(word);
  for (const Attribute noun : {Attribute::kObject, Attribute::kScene}) {
    if (auto form = listed_noun(noun, word); !form.empty()) found[noun].insert(std::move(form));
  }
}

}  // namespace

std::string_view name_of(Attribute attribute) { return kNames[static_cast<std::size_t>(attribute)]; }

std::optional<Attribute> parse_attribute(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kAttributes[static_cast<std::size_t>(found - kNames.begin())];
}

Attributes attributes_of(std::string_view text) {
  Attributes found;
  const auto words = words_in(text);
  for (std::size_t i = 0; i < words.size();) {
    const std::size_t relation = take_relation(words, i, found);
    if (relation == 0) take_word(words[i], found);
    i += std::max<std::size_t>(relation, 1);
  }
  return found;
}

}  // namespace glimpse::evaluate
