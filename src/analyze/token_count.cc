#include "analyze/token_count.h"

#include <string>
#include <unordered_map>

namespace glimpse::analyze {
namespace {

std::size_t ids_of(const text::Tokenizer& tokenizer, std::string_view text) {
  auto ids = tokenizer.encode(text);
  while (tokenizer.pads_to_context_length() && !ids.empty() && ids.back() == tokenizer.pad_id()) ids.pop_back();
  return ids.size();
}

class Counter {
 public:
  explicit Counter(std::shared_ptr<const text::Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)), special_(ids_of(*tokenizer_, "")) {}

  std::size_t operator()(std::string_view text) {
    std::size_t total = special_;
    for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
      const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
      total += of_word(std::string(text.substr(begin, end - begin)));
      begin = text.find_first_not_of(kBlanks, end);
    }
    return total;
  }

 private:
  static constexpr std::string_view kBlanks = " \t\r\n\f\v";

  std::size_t of_word(const std::string& word) {
    const auto [known, is_new] = known_.try_emplace(word);
    if (is_new) known->second = ids_of(*tokenizer_, word) - special_;
    return known->second;
  }

  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::size_t special_;
  std::unordered_map<std::string, std::size_t> known_;
};

}  // namespace

TokenCounter counter_of(std::shared_ptr<const text::Tokenizer> tokenizer) {
  const int context_length = tokenizer->context_length();
  return {.count = Counter(std::move(tokenizer)), .context_length = context_length};
}

}  // namespace glimpse::analyze
