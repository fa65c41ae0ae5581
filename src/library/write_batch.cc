// Applying a batch: each kind of change is one small function over the write connection, all in one transaction.
//
// Invariants kept here: a name is a picture or a failure, never both; a vector always belongs to the content that its
// picture row names (new content drops the old vectors); each row's checksum is renewed in the same transaction.
#include "library/write_batch.h"

#include <cmath>
#include <unordered_map>
#include <utility>

#include "index/simd.h"
#include "library/caption_rows.h"
#include "library/details_rows.h"
#include "library/library.h"
#include "library/library_state.h"

namespace glimpse::library {

/// Writes one batch through one connection, inside the caller's transaction.
class BatchWriter {
 public:
  explicit BatchWriter(Connection& connection) : db_(connection) {}

  Result<void> apply(const WriteBatch& batch) {
    for (const auto& change : batch.changes_) {
      GLIMPSE_RETURN_IF_ERROR(std::visit([this](const auto& c) { return apply(c); }, change));
    }
    return {};
  }

  std::vector<ImageId> take_ids() { return std::move(ids_); }

 private:
  Result<void> apply(const WriteBatch::PutPicture& put) {
    GLIMPSE_RETURN_IF_ERROR(erase_failure(put.facts.root, put.facts.name));
    GLIMPSE_ASSIGN_OR_RETURN(const ImageId id, put_row(put.facts));
    for (const auto& vector : put.vectors) GLIMPSE_RETURN_IF_ERROR(put_vector(id, vector));
    ids_.push_back(id);
    return {};
  }

  Result<void> apply(const WriteBatch::PutVector& put) {
    const auto content = put.content ? std::as_bytes(std::span(&*put.content, 1)) : std::span<const std::byte>();
    GLIMPSE_ASSIGN_OR_RETURN(const auto there,
                             db_.integer("SELECT count(*) FROM pictures WHERE id = ?1 AND (?2 OR content = ?3)",
                                         put.picture.value, put.content ? 0 : 1, content));
    return there > 0 ? put_vector(put.picture, put.vector) : Result<void>();
  }

  Result<void> apply(const WriteBatch::EraseVector& erase) {
    return db_.run("DELETE FROM vectors WHERE picture = ? AND generation = ?", erase.picture.value,
                   erase.generation.value);
  }

  Result<void> apply(const WriteBatch::MovePicture& move) {
    GLIMPSE_RETURN_IF_ERROR(erase_failure(move.root, move.name));
    GLIMPSE_RETURN_IF_ERROR(db_.run("DELETE FROM pictures WHERE root = ? AND name = ? AND id <> ?", move.root.value,
                                    move.name, move.picture.value));
    GLIMPSE_RETURN_IF_ERROR(db_.run("UPDATE pictures SET root = ?, name = ?, size_bytes = ?, mtime_ns = ? WHERE id = ?",
                                    move.root.value, move.name, move.stamp.size_bytes, move.stamp.mtime_ns,
                                    move.picture.value));
    return seal_picture(db_, move.picture);
  }

  Result<void> apply(const WriteBatch::TouchPicture& touch) {
    GLIMPSE_RETURN_IF_ERROR(db_.run("UPDATE pictures SET size_bytes = ?, mtime_ns = ? WHERE id = ?",
                                    touch.stamp.size_bytes, touch.stamp.mtime_ns, touch.picture.value));
    return seal_picture(db_, touch.picture);
  }

  Result<void> apply(const WriteBatch::ErasePicture& erase) {
    return db_.run("DELETE FROM pictures WHERE id = ?", erase.picture.value);
  }

  Result<void> apply(const WriteBatch::PutFailure& put) {
    const FailureFacts& facts = put.facts;
    GLIMPSE_RETURN_IF_ERROR(db_.run("DELETE FROM pictures WHERE root = ? AND name = ?", facts.root.value, facts.name));
    return db_.run(
        "INSERT INTO failures (root, name, size_bytes, mtime_ns, reason, message, first_seen_ms, last_seen_ms) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (root, name) DO UPDATE SET size_bytes = ?3, mtime_ns = "
        "?4, "
        "reason = ?5, message = ?6, last_seen_ms = ?7",
        facts.root.value, facts.name, facts.stamp.size_bytes, facts.stamp.mtime_ns, facts.reason, facts.message,
        now_ms());
  }

  Result<void> apply(const WriteBatch::EraseFailure& erase) { return erase_failure(erase.root, erase.name); }

  Result<void> apply(const WriteBatch::PutDetails& put) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto there,
                             db_.integer("SELECT count(*) FROM pictures WHERE id = ?", put.picture.value));
    return there > 0 ? put_details(db_, put.picture, put.details) : Result<void>();
  }

  Result<void> apply(const WriteBatch::PutCaption& put) { return put_caption(db_, put.content, put.facts); }

  Result<void> erase_failure(RootId root, const std::filesystem::path& name) {
    return db_.run("DELETE FROM failures WHERE root = ? AND name = ?", root.value, name);
  }

  Result<ImageId> put_row(const PictureFacts& facts) {
    const auto content = std::as_bytes(std::span(&facts.content, 1));
    GLIMPSE_RETURN_IF_ERROR(db_.run(
        "DELETE FROM vectors WHERE picture = (SELECT id FROM pictures WHERE root = ? AND name = ? AND content <> ?)",
        facts.root.value, facts.name, content));
    GLIMPSE_RETURN_IF_ERROR(db_.run(
        "DELETE FROM details WHERE picture = (SELECT id FROM pictures WHERE root = ? AND name = ? AND content <> ?)",
        facts.root.value, facts.name, content));
    GLIMPSE_ASSIGN_OR_RETURN(
        const auto id,
        db_.integer("INSERT INTO pictures (root, name, size_bytes, mtime_ns, content, format, width, height, "
                    "orientation, indexed_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                    "ON CONFLICT (root, name) DO UPDATE SET size_bytes = ?3, mtime_ns = ?4, content = ?5, format = ?6, "
                    "width = ?7, height = ?8, orientation = ?9, indexed_at_ms = ?10 RETURNING id",
                    facts.root.value, facts.name, facts.stamp.size_bytes, facts.stamp.mtime_ns, content, facts.format,
                    facts.width, facts.height, facts.orientation, now_ms()));
    GLIMPSE_RETURN_IF_ERROR(seal_picture(db_, {id}));
    if (facts.details) GLIMPSE_RETURN_IF_ERROR(put_details(db_, {id}, *facts.details));
    return ImageId{id};
  }

  Result<void> put_vector(ImageId picture, const WriteBatch::Vector& vector) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::size_t dimension, dimension_of(vector.generation));
    GLIMPSE_RETURN_IF_ERROR(check_vector(vector.values, dimension));
    halves_.resize(dimension);
    index::kernels_for(index::best_simd_level()).to_half(vector.values.data(), halves_.data(), dimension);
    const auto blob = std::as_bytes(std::span(halves_));
    return db_.run("INSERT OR REPLACE INTO vectors (picture, generation, halves, checksum) VALUES (?, ?, ?, ?)",
                   picture.value, vector.generation.value, blob, vector_checksum(picture, vector.generation, blob));
  }

  static Result<void> check_vector(std::span<const float> values, std::size_t dimension) {
    if (values.size() != dimension) {
      return Error::invalid_argument("vector: expected {} dimensions, got {}", dimension, values.size());
    }
    double square = 0;
    for (const float value : values) square += double{value} * double{value};
    // Written so that a NaN fails too. A loose bound: it catches a vector that was never normalized, not rounding.
    if (std::abs(square - 1.0) <= 0.01) return {};
    return Error::invalid_argument("vector: expected unit norm, got {}", std::sqrt(square));
  }

  Result<std::size_t> dimension_of(GenerationId generation) {
    auto& known = dimensions_[generation];
    if (known == 0) {
      GLIMPSE_ASSIGN_OR_RETURN(
          const auto dimension,
          db_.integer("SELECT coalesce(max(dimension), 0) FROM generations WHERE id = ?", generation.value));
      if (dimension < 1 || dimension > kMaxDimension) {
        return Error::not_found("model generation {}: not in this library", generation.value);
      }
      known = static_cast<std::size_t>(dimension);
    }
    return known;
  }

  Connection& db_;
  std::unordered_map<GenerationId, std::size_t> dimensions_;
  std::vector<std::uint16_t> halves_;
  std::vector<ImageId> ids_;
};

Result<void> seal_picture(Connection& connection, ImageId id) {
  return connection.run(
      "UPDATE pictures SET checksum = glimpse_sum(id, root, name, size_bytes, mtime_ns, content, format, width, "
      "height, "
      "orientation, indexed_at_ms) WHERE id = ?",
      id.value);
}

void WriteBatch::put_picture(PictureFacts facts) { changes_.emplace_back(PutPicture{std::move(facts), {}}); }

void WriteBatch::put_picture(PictureFacts facts, GenerationId generation, std::span<const float> vector) {
  changes_.emplace_back(PutPicture{std::move(facts), {{generation, {vector.begin(), vector.end()}}}});
}

void WriteBatch::put_vector(ImageId picture, GenerationId generation, std::span<const float> vector) {
  changes_.emplace_back(PutVector{picture, {generation, {vector.begin(), vector.end()}}, std::nullopt});
}

void WriteBatch::put_vector(ImageId picture, const Hash128& content, GenerationId generation,
                            std::span<const float> vector) {
  changes_.emplace_back(PutVector{picture, {generation, {vector.begin(), vector.end()}}, content});
}

void WriteBatch::erase_vector(ImageId picture, GenerationId generation) {
  changes_.emplace_back(EraseVector{picture, generation});
}

void WriteBatch::move_picture(ImageId picture, RootId root, std::filesystem::path name, const FileStamp& stamp) {
  changes_.emplace_back(MovePicture{picture, root, std::move(name), stamp});
}

void WriteBatch::touch_picture(ImageId picture, const FileStamp& stamp) {
  changes_.emplace_back(TouchPicture{picture, stamp});
}

void WriteBatch::erase_picture(ImageId picture) { changes_.emplace_back(ErasePicture{picture}); }

void WriteBatch::put_details(ImageId picture, image::PictureDetails details) {
  changes_.emplace_back(PutDetails{picture, std::move(details)});
}

void WriteBatch::put_failure(FailureFacts facts) { changes_.emplace_back(PutFailure{std::move(facts)}); }

void WriteBatch::erase_failure(RootId root, std::filesystem::path name) {
  changes_.emplace_back(EraseFailure{root, std::move(name)});
}

void WriteBatch::put_caption(const Hash128& content, CaptionFacts facts) {
  changes_.emplace_back(PutCaption{content, std::move(facts)});
}

Result<std::vector<ImageId>> Library::commit(const WriteBatch& batch) {
  if (batch.empty()) return std::vector<ImageId>();
  return state_->write([&](Connection& connection) -> Result<std::vector<ImageId>> {
    BatchWriter writer(connection);
    GLIMPSE_RETURN_IF_ERROR(writer.apply(batch));
    return writer.take_ids();
  });
}

WriteBatch& GroupCommit::batch() {
  if (batch_.empty()) oldest_ = std::chrono::steady_clock::now();
  return batch_;
}

bool GroupCommit::due() const {
  if (batch_.empty()) return false;
  return batch_.size() >= limits_.changes || std::chrono::steady_clock::now() - oldest_ >= limits_.age;
}

Result<std::vector<ImageId>> GroupCommit::commit() {
  GLIMPSE_ASSIGN_OR_RETURN(auto ids, library_.commit(batch_));
  batch_.clear();
  return ids;
}

}  // namespace glimpse::library
