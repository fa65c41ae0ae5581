#include "analyze/words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace glimpse::analyze {
namespace {

// Sorted. Articles, pronouns, prepositions, auxiliaries, conjunctions.
constexpr auto kStopWords = std::to_array<std::string_view>(
    {"a",      "about",  "above",  "across",  "after",   "against", "all",     "along",   "also",    "am",    "among",
     "an",     "and",    "any",    "are",     "around",  "as",      "at",      "be",      "because", "been",  "before",
     "behind", "being",  "below",  "beside",  "between", "both",    "but",     "by",      "can",     "could", "did",
     "do",     "does",   "doing",  "down",    "during",  "each",    "few",     "for",     "from",    "had",   "has",
     "have",   "having", "he",     "her",     "hers",    "him",     "his",     "how",     "i",       "if",    "in",
     "inside", "into",   "is",     "it",      "it's",    "its",     "itself",  "just",    "like",    "many",  "may",
     "me",     "more",   "most",   "my",      "near",    "next",    "no",      "nor",     "not",     "of",    "off",
     "on",     "onto",   "or",     "other",   "others",  "our",     "out",     "outside", "over",    "s",     "she",
     "so",     "some",   "such",   "than",    "that",    "the",     "their",   "them",    "then",    "there", "these",
     "they",   "this",   "those",  "through", "to",      "too",     "towards", "under",   "until",   "up",    "upon",
     "very",   "was",    "we",     "were",    "what",    "when",    "where",   "which",   "while",   "who",   "whose",
     "will",   "with",   "within", "without", "would",   "you",     "your"});
static_assert(std::ranges::is_sorted(kStopWords));

bool belongs(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

double total_of(const std::map<std::string, WordCount>& counts) {
  double total = 0;
  for (const auto& [word, count] : counts) total += static_cast<double>(count.times);
  return total;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = small(text[i]);
    const bool within = c == '\'' && !words.back().empty() && i + 1 < text.size() && belongs(small(text[i + 1]));
    if (belongs(c) || within) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool is_stop_word(std::string_view word) { return std::ranges::binary_search(kStopWords, word); }

std::map<std::string, WordCount> count_words(std::span<const std::string> texts) {
  std::map<std::string, WordCount> counts;
  for (const std::string& text : texts) {
    std::set<std::string> seen;
    for (const std::string& word : words_of(text)) {
      WordCount& count = counts[word];
      count.word = word;
      ++count.times;
      if (seen.insert(word).second) ++count.captions;
    }
  }
  return counts;
}

std::vector<WordCount> frequent_words(const std::map<std::string, WordCount>& counts, std::size_t most) {
  std::vector<WordCount> words;
  for (const auto& [word, count] : counts) {
    if (!is_stop_word(word)) words.push_back(count);
  }
  std::ranges::stable_sort(words, std::ranges::greater{}, &WordCount::times);
  words.resize(std::min(words.size(), most));
  return words;
}

std::vector<std::string> distinctive_words(const std::map<std::string, WordCount>& all,
                                           const std::map<std::string, WordCount>& inside, std::size_t most) {
  constexpr double kLeastScore = 2, kPrior = 0.1;  // the prior weighs a tenth of the whole
  const double everything = total_of(all), here = total_of(inside), elsewhere = everything - here;
  std::vector<std::pair<double, std::string>> scored;
  for (const auto& [word, count] : inside) {
    if (is_stop_word(word) || count.captions < 2) continue;
    const auto total = static_cast<double>(all.at(word).times), times = static_cast<double>(count.times);
    const double prior = kPrior * total, mass = kPrior * everything;
    const double in = times + prior, out = total - times + prior;
    const double odds = std::log(in / (here + mass - in)) - std::log(out / (elsewhere + mass - out));
    const double score = odds / std::sqrt(1 / in + 1 / out);
    if (std::isfinite(score) && score > kLeastScore) scored.emplace_back(-score, word);
  }
  std::ranges::sort(scored);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(most, scored.size()); ++i) words.push_back(scored[i].second);
  return words;
}

}  // namespace glimpse::analyze
