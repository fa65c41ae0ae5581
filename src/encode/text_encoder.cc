#include "encode/text_encoder.h"

#include <algorithm>
#include <cctype>

namespace glimpse::encode {

TextEncoder::TextEncoder(std::shared_ptr<const text::Tokenizer> tokenizer, Embed embed, std::size_t remembered)
    : tokenizer_(std::move(tokenizer)), embed_(std::move(embed)), capacity_(std::max<std::size_t>(1, remembered)) {}

Result<std::vector<float>> TextEncoder::encode(std::string_view text) {
  if (std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c) != 0; })) {
    return Error::invalid_argument("the query is empty: say in a few words what the picture shows");
  }
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_text_.find(text); found != by_text_.end()) {
      newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
      return found->second->embedding;
    }
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto embedding, embed_(tokenizer_->encode(text)));
  const std::lock_guard lock(mutex_);
  if (by_text_.contains(text)) return embedding;  // another thread was faster
  newest_first_.push_front({std::string(text), embedding});
  by_text_.emplace(newest_first_.front().text, newest_first_.begin());
  if (newest_first_.size() > capacity_) {
    by_text_.erase(newest_first_.back().text);
    newest_first_.pop_back();
  }
  return embedding;
}

}  // namespace glimpse::encode
