#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glimpse::analyze {

/// The words of a text in small letters: letters and digits of ASCII, and every other character beyond it; an
/// apostrophe within a word belongs to it. (Letters beyond ASCII keep their case.)
std::vector<std::string> words_of(std::string_view text);

/// Whether it is one of the English words that say nothing of what is shown ("a", "the", "with", …).
bool is_stop_word(std::string_view word);

struct WordCount {
  std::string word;
  std::size_t times = 0;     ///< How often it is written.
  std::size_t captions = 0;  ///< How many captions have it.
};

/// Every word of the texts, by its name.
std::map<std::string, WordCount> count_words(std::span<const std::string> texts);

/// The `most` words that are written most often, stop words left out; of equal ones by name.
std::vector<WordCount> frequent_words(const std::map<std::string, WordCount>& counts, std::size_t most);

/// The `most` words that set the texts `inside` apart from the rest of `all`, the most telling first: by the z-score of
/// their log-odds, smoothed with the whole's frequencies; only those with z over 2 that two texts have.
/// Source: Monroe, Colaresi, Quinn, "Fightin' Words", 2008, section 3.5.1.
std::vector<std::string> distinctive_words(const std::map<std::string, WordCount>& all,
                                           const std::map<std::string, WordCount>& inside, std::size_t most);

}  // namespace glimpse::analyze
