// A .model file is a protocol buffer: 1 pieces {1 text, 2 score, 3 type}, 2 trainer_spec {3 model_type, 24 whitespace
// as suffix, 35 byte_fallback}, 3 normalizer_spec {2 precompiled_charsmap, 3 add_dummy_prefix, 4
// remove_extra_whitespaces, 5 escape_whitespaces}, 5 denormalizer_spec. The charsmap is: the size of a double-array
// trie in bytes (u32), the trie, texts that end in 0. The trie is walked without looking, so each step that any text
// could take is checked here: from unit i with offset o it goes to (i ^ o ^ byte), which stays in the 256 units around
// (i ^ o). Source: sentencepiece_model.proto; Aoe 1989 and Darts-clone for the units.
#include "text/sentence_piece_file.h"

#include <cmath>
#include <cstring>

#include "base/utf8.h"
#include "text/wire_format.h"

namespace glimpse::text {
namespace {

constexpr std::size_t kMostPieces = 1'000'000, kMostPieceBytes = 8000;

std::uint32_t unit_at(std::string_view units, std::size_t i) {
  std::uint32_t unit = 0;
  std::memcpy(&unit, units.data() + i * 4, 4);
  return unit;
}

Result<void> check_unit(std::string_view units, std::size_t i, std::size_t texts_size) {
  constexpr std::uint32_t kIsLeaf = 1U << 31, kHasLeaf = 1U << 8;
  const std::uint32_t unit = unit_at(units, i);
  if ((unit & kIsLeaf) != 0) return {};
  const std::size_t next = i ^ static_cast<std::size_t>((unit >> 10) << ((unit & (1U << 9)) >> 6));
  if ((next | 0xFF) >= units.size() / 4) return Error::corruption("precompiled_charsmap: unit {} leads outside", i);
  if ((unit & kHasLeaf) != 0 && (unit_at(units, next) & ~kIsLeaf) >= texts_size) {
    return Error::corruption("precompiled_charsmap: unit {} names a text outside", i);
  }
  return {};
}

Result<void> check_charsmap(std::string_view charsmap) {
  if (charsmap.empty()) return {};
  std::uint32_t trie_size = 0;
  if (charsmap.size() > 4) std::memcpy(&trie_size, charsmap.data(), 4);
  if (trie_size < 1024 || trie_size % 4 != 0 || trie_size >= charsmap.size() - 4 || charsmap.back() != '\0') {
    return Error::corruption("precompiled_charsmap: {} bytes with a trie of {}", charsmap.size(), trie_size);
  }
  const std::string_view units = charsmap.substr(4, trie_size);
  const std::size_t texts_size = charsmap.size() - 4 - trie_size;
  for (std::size_t i = 0; i < trie_size / 4; ++i) GLIMPSE_RETURN_IF_ERROR(check_unit(units, i, texts_size));
  return {};
}

// Calls on_field for each field of a message.
template <typename OnField>
Result<void> each_field(std::string_view message, const OnField& on_field) {
  WireReader reader(message);
  while (true) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto field, reader.next());
    if (!field) return {};
    GLIMPSE_RETURN_IF_ERROR(on_field(*field));
  }
}

Result<void> read_normalizer(std::string_view message, SentencePieceNormalizer& normalizer) {
  return each_field(message, [&](const WireField& field) -> Result<void> {
    if (field.number == 2 && field.wire_type == 2) {
      normalizer.charsmap = field.bytes;
      return check_charsmap(field.bytes);
    }
    if (field.wire_type != 0) return {};
    if (field.number == 3) normalizer.dummy_prefix = field.varint != 0;
    if (field.number == 4) normalizer.removes_spaces = field.varint != 0;
    if (field.number == 5) normalizer.escapes = field.varint != 0;
    return {};
  });
}

Result<void> read_trainer(std::string_view message, SentencePieceFile& file) {
  return each_field(message, [&](const WireField& field) -> Result<void> {
    if (field.wire_type != 0) return {};
    if (field.number == 24) file.space_behind = field.varint != 0;
    if (field.number == 35) file.byte_fallback = field.varint != 0;
    if (field.number != 3) return {};
    if (field.varint < 1 || field.varint > 4) return Error::corruption("model_type {}", field.varint);
    file.type = static_cast<SentencePieceType>(field.varint);
    return {};
  });
}

Result<void> read_piece(std::string_view message, SentencePieceFile& file) {
  if (file.pieces.size() == kMostPieces) return Error::resource_exhausted("more than {} pieces", kMostPieces);
  SentencePiece piece;
  GLIMPSE_RETURN_IF_ERROR(each_field(message, [&](const WireField& field) -> Result<void> {
    if (field.number == 1 && field.wire_type == 2) piece.text = field.bytes;
    if (field.number == 2 && field.wire_type == 5) std::memcpy(&piece.score, field.bytes.data(), sizeof(float));
    if (field.number != 3 || field.wire_type != 0) return {};
    if (field.varint < 1 || field.varint > 6) return Error::corruption("type {}", field.varint);
    piece.type = static_cast<SentencePiece::Type>(field.varint);
    return {};
  }));
  if (!std::isfinite(piece.score)) return Error::corruption("its score is no number");
  const bool has_nul = piece.text.find('\0') != std::string_view::npos;
  if (piece.text.empty() || piece.text.size() >= kMostPieceBytes || has_nul || !is_valid_utf8(piece.text)) {
    return Error::corruption("its text is empty, over {} bytes, no UTF-8 or holds a NUL", kMostPieceBytes);
  }
  file.pieces.push_back(piece);
  return {};
}

}  // namespace

Result<SentencePieceFile> read_sentence_piece_file(std::string_view bytes) {
  SentencePieceFile file;
  SentencePieceNormalizer denormalizer;
  bool has_trainer = false, has_normalizer = false;
  GLIMPSE_RETURN_IF_ERROR(each_field(bytes, [&](const WireField& field) -> Result<void> {
    if (field.number >= 1 && field.number <= 5 && field.wire_type != 2) {
      return Error::corruption("field {} of wire type {}", field.number, field.wire_type);
    }
    if (field.number == 1) {
      return read_piece(field.bytes, file).with_context(fmt::format("piece {}", file.pieces.size()));
    }
    has_trainer = has_trainer || field.number == 2;
    has_normalizer = has_normalizer || field.number == 3;
    if (field.number == 2) return read_trainer(field.bytes, file).with_context("trainer_spec");
    if (field.number == 3) return read_normalizer(field.bytes, file.normalizer).with_context("normalizer_spec");
    if (field.number == 5) return read_normalizer(field.bytes, denormalizer).with_context("denormalizer_spec");
    return {};
  }));
  if (file.pieces.empty()) return Error::corruption("no SentencePiece model: there are no pieces in it");
  if (!has_trainer || !has_normalizer) return Error::corruption("it ends before its normalizer_spec");
  const SentencePieceNormalizer& n = file.normalizer;
  file.escapes_only = n.charsmap.empty() && !n.dummy_prefix && !n.removes_spaces && n.escapes;
  return file;
}

}  // namespace glimpse::text
