#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "text/tokenizer.h"

namespace glimpse::encode {

/// Words → unit vectors, remembering the latest queries. Thread-safe.
class TextEncoder {
 public:
  /// Token ids → [dimension], unit norm. Must be thread-safe.
  using Embed = std::function<Result<std::vector<float>>(std::span<const text::TokenId>)>;

  TextEncoder(std::shared_ptr<const text::Tokenizer> tokenizer, Embed embed, std::size_t remembered = 1024);

  /// [dimension], unit norm. Errors: invalid_argument when there are no words; the model's.
  Result<std::vector<float>> encode(std::string_view text);

 private:
  struct Remembered {
    std::string text;
    std::vector<float> embedding;
  };

  std::shared_ptr<const text::Tokenizer> tokenizer_;
  Embed embed_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::list<Remembered> newest_first_;
  std::unordered_map<std::string_view, std::list<Remembered>::iterator> by_text_;  // views into newest_first_
};

}  // namespace glimpse::encode
