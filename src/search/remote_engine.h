#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "encode/encoder.h"
#include "qdrant/client.h"
#include "search/hits.h"
#include "search/remote_points.h"

namespace glimpse::search {

struct RemoteOptions {
  std::string collection;  ///< By its own name, not an alias: a switch to another model must not happen within a query.
  int hnsw_ef = 0;         ///< 0: the server's own.
  bool exact = false;      ///< Compare with every point.
  bool ordered_by_time = false;  ///< The collection has a payload index of modified_at.
  /// Whatever is wrong with the store is unavailable to those who ask (a server's visitors cannot mend its key).
  bool serving = false;
  /// Where the picture of a point is on this machine.
  std::function<std::filesystem::path(const qdrant::Payload&)> locate;
};

/// Answers queries from a Qdrant collection, with no library of its own. A picture's id is qdrant::number_of its point;
/// rows, captions and the like that only a library knows are empty. Thread-safe.
/// Errors of all methods also: qdrant::Client's.
class RemoteEngine {
 public:
  /// Both must outlive it; the encoder's model must be the one of the collection's vectors.
  RemoteEngine(qdrant::Client& client, encode::Encoder& encoder, RemoteOptions options);

  /// Errors: Encoder::embed_text's.
  Result<Hits> by_text(std::string_view words, Page page, const qdrant::Filter& filter = {});
  /// Errors: Encoder::embed_image's.
  Result<Hits> by_image(std::span<const std::byte> bytes, Page page, const qdrant::Filter& filter = {});
  /// Pictures like one of the collection, by its own vector; itself left out. Errors: not_found.
  Result<Hits> by_likeness(library::ImageId id, Page page, const qdrant::Filter& filter = {});
  /// Newest file first, where the collection can say that; else in the order of ids. Scores are 0.
  Result<Hits> newest(Page page, const qdrant::Filter& filter = {});

  /// Errors: not_found.
  Result<library::Picture> picture(library::ImageId id);
  /// By name relative to its root.
  Result<std::optional<library::Picture>> find(const std::string& name);
  Result<std::int64_t> count();

 private:
  Result<Hits> nearest(qdrant::Nearest request, Page page, const qdrant::Filter& filter);
  Result<RemotePoint> point(library::ImageId id);
  Error of_store(const Error& error) const;
  library::Picture described(const qdrant::FoundPoint& point) const;

  qdrant::Client& client_;
  encode::Encoder& encoder_;
  const RemoteOptions options_;
  RemotePoints seen_;
};

}  // namespace glimpse::search
