// The only file that knows the SentencePiece library. What the library would trust is checked before it sees the file
// (sentence_piece_file.h); its exceptions become errors here.
#include "text/unigram_model.h"

#include <sentencepiece_processor.h>

#include <exception>

#include "base/utf8.h"
#include "text/sentence_piece_file.h"

namespace glimpse::text {

struct UnigramModel::Library {
  sentencepiece::SentencePieceProcessor processor;
};

UnigramModel::UnigramModel(std::unique_ptr<Library> library) : library_(std::move(library)) {}
UnigramModel::UnigramModel(UnigramModel&&) noexcept = default;
UnigramModel& UnigramModel::operator=(UnigramModel&&) noexcept = default;
UnigramModel::~UnigramModel() = default;

Result<UnigramModel> UnigramModel::load(std::string_view bytes) {
  GLIMPSE_ASSIGN_OR_RETURN(const SentencePieceFile file, read_sentence_piece_file(bytes));
  if (file.type != SentencePieceType::kUnigram) {
    return Error::unsupported("model_type: expected 1 (unigram), got {}", static_cast<int>(file.type));
  }
  auto library = std::make_unique<Library>();
  try {
    const auto status = library->processor.LoadFromSerializedProto(bytes);
    if (!status.ok()) return Error::corruption("no SentencePiece model: {}", valid_utf8(status.ToString()));
  } catch (const std::exception& exception) {
    return Error::corruption("no SentencePiece model: {}", valid_utf8(exception.what()));
  }
  return UnigramModel(std::move(library));
}

std::vector<TokenId> UnigramModel::encode(std::string_view text) const {
  std::vector<int> ids;
  try {
    if (!library_->processor.Encode(text, &ids).ok()) return {};
  } catch (const std::exception&) {
    return {};
  }
  return ids;
}

TokenId UnigramModel::id_of(std::string_view piece) const { return library_->processor.PieceToId(piece); }

const std::string& UnigramModel::piece(TokenId id) const { return library_->processor.IdToPiece(id); }

int UnigramModel::size() const { return library_->processor.GetPieceSize(); }

}  // namespace glimpse::text
