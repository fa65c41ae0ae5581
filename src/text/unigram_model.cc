// The most probable cut by dynamic programming over the ends of characters: the best cut that ends at a place is the
// best one that ends where its last piece begins, and that piece. A character that is no piece may be cut off as
// unknown, at less than any piece's probability; so every place is reached. Of two equal cuts the first found stays;
// sums are kept as floats and compared as doubles, as the library's are. Source: Kudo 2018 (Subword Regularization),
// sec. 3.2; the SentencePiece library, whose cuts the tests hold it to.
#include "text/unigram_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "text/piece_normalizer.h"
#include "text/piece_table.h"
#include "text/sentence_piece_file.h"

namespace glimpse::text {
namespace {

constexpr float kUnknownPenalty = 10;
constexpr double kUserDefinedBonus = 0.1;

std::size_t character_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// The best cut that ends at a place.
struct Cut {
  std::size_t begin = std::numeric_limits<std::size_t>::max();  ///< Of its last piece; the greatest: none yet.
  TokenId id = 0;
  float score = 0;

  void offer(std::size_t candidate_begin, TokenId candidate_id, double candidate) {
    if (begin != std::numeric_limits<std::size_t>::max() && !(candidate > score)) return;
    *this = {.begin = candidate_begin, .id = candidate_id, .score = static_cast<float>(candidate)};
  }
};

}  // namespace

struct UnigramModel::Model {
  std::string bytes;  ///< What the pieces' texts lie in.
  SentencePieceFile file;
  std::vector<std::string> texts;
  PieceTable all, cuts;
  PieceNormalizer normalizer;
  TokenId unknown = -1;
  float least = 0, greatest = 0;  ///< Scores of normal pieces.

  Result<void> index();
  double score_of(TokenId id, std::size_t length) const {
    const SentencePiece& piece = file.pieces[static_cast<std::size_t>(id)];
    if (piece.type != SentencePiece::Type::kUserDefined) return static_cast<double>(piece.score);
    return static_cast<double>(static_cast<float>(length) * greatest) - kUserDefinedBonus;
  }
  std::vector<Cut> best_cuts(std::string_view text) const;
  void add(std::vector<TokenId>& ids, TokenId id, std::string_view piece) const;
};

Result<void> UnigramModel::Model::index() {
  using enum SentencePiece::Type;
  std::vector<PieceTable::Row> every, cut, kept;
  least = std::numeric_limits<float>::max();
  greatest = std::numeric_limits<float>::lowest();
  for (std::size_t i = 0; i < file.pieces.size(); ++i) {
    const SentencePiece& piece = file.pieces[i];
    const auto id = static_cast<TokenId>(i);
    texts.emplace_back(piece.text);
    every.emplace_back(piece.text, id);
    if (piece.type == kNormal || piece.type == kUserDefined) cut.emplace_back(piece.text, id);
    if (piece.type == kUserDefined) kept.emplace_back(piece.text, id);
    if (piece.type == kUnknown && unknown >= 0)
      return Error::corruption("pieces {} and {} are both unknown", unknown, i);
    if (piece.type == kUnknown) unknown = id;
    if (piece.type != kNormal) continue;
    least = std::min(least, piece.score);
    greatest = std::max(greatest, piece.score);
  }
  if (unknown < 0) return Error::corruption("no SentencePiece model: none of its pieces is the unknown one");
  std::ranges::sort(every);
  const auto twice = std::ranges::adjacent_find(every, {}, &PieceTable::Row::first);
  if (twice != every.end()) return Error::corruption("piece '{}' is there twice", twice->first);
  all = PieceTable(std::move(every));
  cuts = PieceTable(std::move(cut));
  normalizer = PieceNormalizer(file.normalizer, PieceTable(std::move(kept)));
  return {};
}

std::vector<Cut> UnigramModel::Model::best_cuts(std::string_view text) const {
  std::vector<Cut> ends(text.size() + 1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t character = std::min(character_length(text[at]), text.size() - at);
    const float here = ends[at].score;
    bool is_piece = false;
    cuts.each_prefix(text.substr(at), [&](std::size_t length, TokenId id) {
      ends[at + length].offer(at, id, score_of(id, length) + here);
      is_piece = is_piece || length == character;
    });
    if (!is_piece) ends[at + character].offer(at, unknown, least - kUnknownPenalty + here);
    at += character;
  }
  return ends;
}

void UnigramModel::Model::add(std::vector<TokenId>& ids, TokenId id, std::string_view piece) const {
  if (id != unknown) return ids.push_back(id);
  if (!file.byte_fallback) {
    if (ids.empty() || ids.back() != unknown) ids.push_back(unknown);  // a run of unknown characters is one piece
    return;
  }
  for (const char c : piece) {
    ids.push_back(all.find(fmt::format("<0x{:02X}>", static_cast<unsigned char>(c))).value_or(unknown));
  }
}

UnigramModel::UnigramModel(std::unique_ptr<Model> model) : model_(std::move(model)) {}
UnigramModel::UnigramModel(UnigramModel&&) noexcept = default;
UnigramModel& UnigramModel::operator=(UnigramModel&&) noexcept = default;
UnigramModel::~UnigramModel() = default;

Result<UnigramModel> UnigramModel::load(std::string_view bytes) {
  auto model = std::make_unique<Model>();
  model->bytes = bytes;
  GLIMPSE_ASSIGN_OR_RETURN(model->file, read_sentence_piece_file(model->bytes));
  if (model->file.type != SentencePieceType::kUnigram) {
    return Error::unsupported("model_type: expected 1 (unigram), got {}", static_cast<int>(model->file.type));
  }
  if (model->file.space_behind) return Error::unsupported("treat_whitespace_as_suffix: expected false");
  GLIMPSE_RETURN_IF_ERROR(model->index());
  return UnigramModel(std::move(model));
}

std::vector<TokenId> UnigramModel::encode(std::string_view text) const {
  const std::string normalized = model_->normalizer(text);
  const std::vector<Cut> ends = model_->best_cuts(normalized);
  std::vector<std::size_t> places;  // of the ends of pieces, the last first
  for (std::size_t end = normalized.size(); end > 0; end = ends[end].begin) places.push_back(end);
  std::vector<TokenId> ids;
  for (auto end = places.rbegin(); end != places.rend(); ++end) {
    const Cut& cut = ends[*end];
    model_->add(ids, cut.id, std::string_view(normalized).substr(cut.begin, *end - cut.begin));
  }
  return ids;
}

TokenId UnigramModel::id_of(std::string_view piece) const { return model_->all.find(piece).value_or(model_->unknown); }

const std::string& UnigramModel::piece(TokenId id) const { return model_->texts[static_cast<std::size_t>(id)]; }

int UnigramModel::size() const { return static_cast<int>(model_->file.pieces.size()); }

}  // namespace glimpse::text
