#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "base/result.h"
#include "encode/encoder.h"
#include "library/index_loader.h"
#include "library/library.h"
#include "search/hits.h"

namespace glimpse::search {

/// Answers queries from one library with one model. Sees what other processes commit. Thread-safe.
class Engine {
 public:
  /// `library` and `encoder` must outlive the engine. Errors also: invalid_argument when the encoder's model is not the
  /// one that made the generation's vectors, so that no query can meet vectors of another space.
  static Result<std::unique_ptr<Engine>> open(const library::Library& library, const library::Generation& generation,
                                              encode::Encoder& encoder, const library::LoadOptions& index);

  /// Hits carry their picture's caption. Errors: Encoder::embed_text's.
  Result<Hits> by_text(std::string_view words, Page page);
  /// By an encoded picture. Errors: Encoder::embed_image's.
  Result<Hits> by_image(std::span<const std::byte> bytes, Page page);
  /// Pictures like one of the library, itself left out. Errors: not_found; unavailable when
  /// the generation was dropped meanwhile.
  Result<Hits> by_likeness(library::ImageId id, Page page);

  /// Whose vectors answer, for as long as this engine lives.
  library::GenerationId generation() const { return loaded_->generation(); }
  /// Pictures whose vector is damaged; 'glimpse index' makes it again.
  std::size_t damaged() const { return loaded_->damaged().size(); }
  /// How vectors are searched.
  index::IndexKind index_kind() const { return loaded_->kind(); }

 private:
  Engine(const library::Library& library, encode::Encoder& encoder, std::unique_ptr<library::LoadedIndex> loaded,
         std::int64_t data_version)
      : library_(library), encoder_(encoder), loaded_(std::move(loaded)), data_version_(data_version) {}
  Result<void> take_over_changes();
  Result<Hits> nearest(std::span<const float> query, Page page, const index::SearchOptions& options = {});

  const library::Library& library_;
  encode::Encoder& encoder_;
  std::mutex refreshing_;
  std::unique_ptr<library::LoadedIndex> loaded_;
  std::int64_t data_version_;
};

}  // namespace glimpse::search
