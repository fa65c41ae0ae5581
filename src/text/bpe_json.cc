// One pass over the file: what is not large is copied, as it is, into a small JSON text that nlohmann's parser reads
// and checks; the vocabulary and the merges are read by a cursor. Merges come behind the vocabulary in every file that
// the tokenizers library writes, but need not: their texts are kept until all is read.
#include "text/bpe_json.h"

#include <algorithm>
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
    GLIMPSE_RETURN_IF_ERROR(resolve(out.merges));
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
    constexpr std::size_t kBytesOfToken = 20;  // of text, at the least, in the files that are large
    vocabulary_.reserve(std::min(text_.size() / 4 / kBytesOfToken, kMostTokens), text_.size() / 8);
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
    if (!merges_.empty()) return Error::corruption("'merges' is there twice");
    merges_.reserve(text_.size() / 56);
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect('['));
    for (bool first = true; !cursor_.take(']'); first = false) {
      if (!first) GLIMPSE_RETURN_IF_ERROR(cursor_.expect(','));
      if (merges_.size() == kMostMerges) return Error::resource_exhausted("more than {} merges", kMostMerges);
      auto merge = cursor_.peek() == '[' ? pair() : spaced_pair();
      if (!merge) return merge.error().with_context(fmt::format("merge {}", merges_.size() + 1));
      merges_.push_back(*merge);
    }
    return {};
  }

  // ["a", "b"]
  Result<TextPair> pair() {
    TextPair merge;
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect('['));
    GLIMPSE_ASSIGN_OR_RETURN(merge.first, cursor_.string());
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect(','));
    GLIMPSE_ASSIGN_OR_RETURN(merge.second, cursor_.string());
    GLIMPSE_RETURN_IF_ERROR(cursor_.expect(']'));
    return merge;
  }

  // "a b", as older releases write it
  Result<TextPair> spaced_pair() {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string_view line, cursor_.string());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
      return Error::corruption("expected two tokens with a space between, got '{}'", valid_utf8(line.substr(0, 40)));
    }
    return TextPair{line.substr(0, space), line.substr(space + 1)};
  }

  // In batches, see Vocabulary::find_all.
  Result<void> resolve(MergeTable& table) const {
    constexpr std::size_t kBatch = 256;
    table.reserve(merges_.size());
    std::string products;
    std::vector<std::string_view> texts;
    std::vector<TokenId> ids;
    for (std::size_t begin = 0; begin < merges_.size(); begin += kBatch) {
      const std::size_t end = std::min(begin + kBatch, merges_.size());
      products.clear();
      for (std::size_t i = begin; i < end; ++i) products.append(merges_[i].first).append(merges_[i].second);
      texts.clear();
      for (std::size_t i = begin, at = 0; i < end; ++i) {
        const auto& [left, right] = merges_[i];
        const auto product = std::string_view(products).substr(at, left.size() + right.size());
        texts.insert(texts.end(), {left, right, product});
        at += product.size();
      }
      ids.resize(texts.size());
      vocabulary_.find_all(texts, ids);
      GLIMPSE_RETURN_IF_ERROR(add_merges(begin, ids, table));
    }
    return {};
  }

  // `ids`: left, right and product of each merge from `first` on.
  Result<void> add_merges(std::size_t first, std::span<const TokenId> ids, MergeTable& table) const {
    for (std::size_t i = 0; i < ids.size(); i += 3) {
      const std::size_t rank = first + i / 3;
      if (ids[i] < 0 || ids[i + 1] < 0 || ids[i + 2] < 0) {
        const auto& [left, right] = merges_[rank];
        return Error::corruption("merge {} ('{}' '{}'): a part or the result is not in the vocabulary", rank + 1,
                                 valid_utf8(left.substr(0, 40)), valid_utf8(right.substr(0, 40)));
      }
      table.add(ids[i], ids[i + 1], static_cast<std::uint32_t>(rank), ids[i + 2]);
    }
    return {};
  }

  std::string text_, rest_;
  JsonCursor cursor_;
  Vocabulary vocabulary_;
  std::vector<TextPair> merges_;
  bool has_vocabulary_ = false;
};

}  // namespace

Result<BpeJson> read_bpe_json(std::string text) { return BpeJsonReader(std::move(text)).read(); }

}  // namespace glimpse::text
