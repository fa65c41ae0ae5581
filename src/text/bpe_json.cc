// One pass over the file: what is not large is copied, as it is, into a small JSON text that nlohmann's parser reads
// and checks; the vocabulary and the merges are read by a cursor. Merges stand behind the vocabulary in every file that
// the tokenizers library writes; where they do not, they are skipped and read at the end.
#include "text/bpe_json.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/utf8.h"
#include "text/json_cursor.h"
#include "text/tokenizer_json.h"

namespace glimpse::text {
namespace {

using TextPair = std::pair<std::string_view, std::string_view>;

constexpr std::size_t kMostTokens = 4'000'000, kMostMerges = 16'000'000;

class BpeJsonReader {
 public:
  explicit BpeJsonReader(std::string text) : text_(std::move(text)), cursor_(text_) {}

  Result<BpeJson> read() {
    GLIMPSE_RETURN_IF_ERROR(object([this](std::string_view key) { return root_member(key); }));
    if (cursor_.peek() != '\0') return cursor_.error("text behind the end");
    BpeJson out;
    GLIMPSE_ASSIGN_OR_RETURN(out.rest, parse_json(rest_));
    GLIMPSE_RETURN_IF_ERROR(typed_member(out.rest, "model", "BPE"));
    if (!has_vocabulary_) return Error::corruption("'model.vocab' is no object");
    if (late_merges_at_) {
      JsonCursor cursor(text_, *late_merges_at_);
      GLIMPSE_RETURN_IF_ERROR(parse_merges(cursor));
    }
    out.merges = std::move(merges_);
    out.vocabulary = std::move(vocabulary_);
    return out;
  }

 private:
  // Walks an object and writes it to rest_; `on_member` takes the value and writes what stands for it.
  template <typename OnMember>
  Result<void> object(const OnMember& on_member) {
    if (cursor_.peek() != '{') return Error::corruption("expected an object");
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect('{'));
    rest_ += '{';
    bool first = true;
    while (!cursor_.take('}')) {
      if (!first) GLIMPSE_RETURN_IF_ERROR(cursor_.expect(','));
      rest_ += first ? "" : ",";
      first = false;
      GLIMPSE_ASSIGN_OR_RETURN(const std::string_view key, cursor_.string());
      rest_ += nlohmann::json(valid_utf8(key)).dump() + ":";
      GLIMPSE_RETURN_IF_ERROR(cursor_.expect(':'));
      GLIMPSE_RETURN_IF_ERROR(on_member(key));
    }
    rest_ += '}';
    return {};
  }

  Result<void> copy_value() {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string_view value, cursor_.skip_value());
    rest_ += value;
    return {};
  }

  Result<void> root_member(std::string_view key) {
    if (key != "model" || cursor_.peek() != '{') return copy_value();
    return object([this](std::string_view name) { return model_member(name); });
  }

  Result<void> model_member(std::string_view key) {
    if (key == "vocab" && cursor_.peek() == '{') {
      rest_ += "null";
      return read_vocabulary().with_context("vocabulary");
    }
    if (key == "merges" && cursor_.peek() == '[') {
      rest_ += "null";
      return read_merges();
    }
    return copy_value();
  }

  Result<void> read_vocabulary() {
    if (has_vocabulary_) return Error::corruption("it is there twice");
    has_vocabulary_ = true;
    constexpr std::size_t kBytesOfToken = 130;  // with its merges, in Gemma's file
    vocabulary_.reserve(std::min(text_.size() / kBytesOfToken, kMostTokens), text_.size() / 16);
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect('{'));
    for (bool first = true; !cursor_.take('}'); first = false) {
      if (!first) GLIMPSE_RETURN_IF_ERROR(cursor_.expect(','));
      GLIMPSE_ASSIGN_OR_RETURN(const std::string_view token, cursor_.string());
      GLIMPSE_RETURN_IF_ERROR(cursor_.expect(':'));
      GLIMPSE_ASSIGN_OR_RETURN(const TokenId id, cursor_.id());
      GLIMPSE_RETURN_IF_ERROR(vocabulary_.add(token, id));
      if (static_cast<std::size_t>(vocabulary_.size()) > kMostTokens) {
        return Error::resource_exhausted("more than {} tokens", kMostTokens);
      }
    }
    return {};
  }

  Result<void> read_merges() {
    if (has_merges_) return Error::corruption("'merges' is there twice");
    has_merges_ = true;
    if (has_vocabulary_) return parse_merges(cursor_);
    late_merges_at_ = cursor_.position();
    GLIMPSE_RETURN_IF_ERROR(cursor_.skip_value());
    return {};
  }

  Result<void> parse_merges(JsonCursor& cursor) {
    constexpr std::size_t kBatch = 256, kBytesOfMerge = 50;
    merges_.reserve(std::min(text_.size() / kBytesOfMerge, kMostMerges));
    std::vector<TextPair> batch;
    GLIMPSE_RETURN_IF_ERROR(cursor.expect('['));
    std::size_t resolved = 0;
    for (std::size_t rank = 0; !cursor.take(']'); ++rank) {
      if (rank > 0) GLIMPSE_RETURN_IF_ERROR(cursor.expect(','));
      if (rank == kMostMerges) return Error::resource_exhausted("more than {} merges", kMostMerges);
      auto merge = cursor.peek() == '[' ? pair(cursor) : spaced_pair(cursor);
      if (!merge) return merge.error().with_context(fmt::format("merge {}", rank + 1));
      batch.push_back(*merge);
      if (batch.size() < kBatch) continue;
      GLIMPSE_RETURN_IF_ERROR(resolve(batch, resolved));
      resolved += kBatch;
      batch.clear();
    }
    return resolve(batch, resolved);
  }

  // ["a", "b"]
  Result<TextPair> pair(JsonCursor& cursor) {
    TextPair merge;
    GLIMPSE_RETURN_IF_ERROR(cursor.expect('['));
    GLIMPSE_ASSIGN_OR_RETURN(merge.first, cursor.string());
    GLIMPSE_RETURN_IF_ERROR(cursor.expect(','));
    GLIMPSE_ASSIGN_OR_RETURN(merge.second, cursor.string());
    GLIMPSE_RETURN_IF_ERROR(cursor.expect(']'));
    return merge;
  }

  // "a b", as older releases write it
  Result<TextPair> spaced_pair(JsonCursor& cursor) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string_view line, cursor.string());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
      return Error::corruption("expected two tokens with a space between, got '{}'", valid_utf8(line.substr(0, 40)));
    }
    return TextPair{line.substr(0, space), line.substr(space + 1)};
  }

  // The merges of ranks `first` … by their ids, at once, see Vocabulary::find_all.
  Result<void> resolve(std::span<const TextPair> batch, std::size_t first) {
    products_.clear();
    for (const auto& [left, right] : batch) products_.append(left).append(right);
    texts_.clear();
    std::size_t at = 0;
    for (const auto& [left, right] : batch) {
      const std::size_t size = left.size() + right.size();
      texts_.insert(texts_.end(), {left, right, std::string_view(products_).substr(at, size)});
      at += size;
    }
    ids_.resize(texts_.size());
    vocabulary_.find_all(texts_, ids_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const TokenId left = ids_[3 * i], right = ids_[3 * i + 1], product = ids_[3 * i + 2];
      if (left < 0 || right < 0 || product < 0) {
        return Error::corruption("merge {} ('{}' '{}'): a part or the result is not in the vocabulary", first + i + 1,
                                 valid_utf8(batch[i].first.substr(0, 40)), valid_utf8(batch[i].second.substr(0, 40)));
      }
      merges_.prefetch(left, right);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      merges_.add(ids_[3 * i], ids_[3 * i + 1], static_cast<std::uint32_t>(first + i), ids_[3 * i + 2]);
    }
    return {};
  }

  std::string text_, rest_;
  JsonCursor cursor_;
  Vocabulary vocabulary_;
  MergeTable merges_;
  bool has_vocabulary_ = false, has_merges_ = false;
  std::optional<std::size_t> late_merges_at_;  // merges that stand before the vocabulary
  std::string products_;                       // of resolve(), kept for their memory
  std::vector<std::string_view> texts_;
  std::vector<TokenId> ids_;
};

}  // namespace

Result<BpeJson> read_bpe_json(std::string text) { return BpeJsonReader(std::move(text)).read(); }

}  // namespace glimpse::text
