#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer.h"

namespace glimpse::text {

/// A SentencePiece unigram model: normalizes a text and cuts it into the most probable pieces. Immutable, thread-safe.
class UnigramModel {
 public:
  /// From the bytes of a .model file. Errors: corruption; unsupported when it is of another type.
  static Result<UnigramModel> load(std::string_view bytes);
  UnigramModel(UnigramModel&&) noexcept;
  UnigramModel& operator=(UnigramModel&&) noexcept;
  ~UnigramModel();

  /// The ids of the pieces of `text`, which is UTF-8.
  std::vector<TokenId> encode(std::string_view text) const;
  /// The id of a piece, that of `<unk>` when there is none.
  TokenId id_of(std::string_view piece) const;
  /// The text of a piece; `id` is from 0 to size() - 1.
  const std::string& piece(TokenId id) const;
  int size() const;

 private:
  struct Model;
  explicit UnigramModel(std::unique_ptr<Model> model);
  std::unique_ptr<Model> model_;
};

}  // namespace glimpse::text
