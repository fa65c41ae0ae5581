#include "runtime/caption_past.h"

#include <algorithm>

#include "base/assert.h"

namespace glimpse::runtime {

using text::TokenId;

void CaptionPast::turn_to(std::span<const TokenId> ids, std::size_t rows) {
  const std::size_t length = ids.size() / rows;
  const auto beginning = [&](std::size_t row) { return ids.subspan(row * length, tokens_); };
  const auto read = [&](std::size_t row) { return std::span(ids_).subspan(row * tokens_, tokens_); };
  std::vector<std::size_t> parents;
  for (std::size_t row = 0; row < rows && tokens_ < length; ++row) {
    std::size_t parent = 0;
    if (row < rows_ && std::ranges::equal(beginning(row), read(row))) {
      parent = row;  // most beams stay where they are
    } else {
      while (parent < rows_ && !std::ranges::equal(beginning(row), read(parent))) ++parent;
    }
    if (parent < rows_) parents.push_back(parent);
  }
  if (parents.size() != rows) {
    *this = {};
    rows_ = rows;
    return;
  }
  std::vector<TokenId> next_ids;
  std::vector<float> next_values;
  next_values.reserve(values_.size() / rows_ * rows);
  const std::size_t width = tokens_ == 0 ? 0 : values_.size() / (tokens_ * rows_);
  bool same = rows == rows_;
  for (std::size_t row = 0; row < rows; ++row) {
    same = same && parents[row] == row;
    next_ids.insert(next_ids.end(), beginning(row).begin(), beginning(row).end());
  }
  if (same) return;
  for (std::size_t token = 0; token < tokens_; ++token) {
    for (const std::size_t parent : parents) {
      const auto kept = std::span(values_).subspan((token * rows_ + parent) * width, width);
      next_values.insert(next_values.end(), kept.begin(), kept.end());
    }
  }
  rows_ = rows;
  ids_ = std::move(next_ids);
  values_ = std::move(next_values);
}

void CaptionPast::add(std::span<const TokenId> ids, std::span<const float> kept) {
  GLIMPSE_ASSERT(ids.size() == rows_ && kept.size() % rows_ == 0);
  std::vector<TokenId> longer;
  for (std::size_t row = 0; row < rows_; ++row) {
    const auto read = std::span(ids_).subspan(row * tokens_, tokens_);
    longer.insert(longer.end(), read.begin(), read.end());
    longer.push_back(ids[row]);
  }
  ids_ = std::move(longer);
  values_.insert(values_.end(), kept.begin(), kept.end());
  ++tokens_;
}

}  // namespace glimpse::runtime
