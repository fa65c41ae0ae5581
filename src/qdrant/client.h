#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "qdrant/filter.h"
#include "qdrant/payload.h"
#include "qdrant/point.h"
#include "qdrant/settings.h"

namespace glimpse::qdrant {

class Transport;

struct Alias {
  std::string alias;
  std::string collection;
};

struct CollectionInfo {
  std::string status;  ///< "green", "yellow", "grey" (not optimized yet), "red" (something is wrong).
  std::int64_t points = 0;
  int dimension = 0;                           ///< 0: its vectors have names, so that it is none of ours.
  std::string distance;                        ///< As in "Cosine".
  std::set<std::string, std::less<>> indexed;  ///< Keys with a payload index.
};

/// What is written.
struct Point {
  PointId id;
  std::vector<float> vector;
  std::string payload;  ///< JSON.
};

/// What is read.
struct FoundPoint {
  PointId id;
  float score = 0;  ///< Cosine similarity, where the request was for the nearest.
  Payload payload;
  std::uint64_t payload_sum = 0;  ///< XXH3-64 of the payload's JSON as to_json writes it.
};

struct Nearest {
  std::vector<float> vector = {};  ///< Or a point's own:
  std::optional<PointId> point = std::nullopt;
  std::string newest_by = {};  ///< No vector: latest first by this key; empty: in the order of ids.
  Filter filter = {};
  std::size_t limit = 10;
  std::size_t offset = 0;
  int hnsw_ef = 0;     ///< 0: the server's own.
  bool exact = false;  ///< Compare with every point.
};

struct ScrollPage {
  std::vector<FoundPoint> points;  ///< In the order of ids.
  std::optional<PointId> next;     ///< Where the next page begins; nothing: this was the last.
};

/// Qdrant's REST interface, as much of it as we use. Every call may be repeated without harm, and is, when a
/// connection breaks (ask.h). Names of collections are given as they are. Thread-safe.
/// Errors of all calls: those of ask().
class Client {
 public:
  /// `cancel` may be null. Errors: Transport::open's.
  static Result<std::unique_ptr<Client>> open(const Settings& settings, const CancelToken* cancel = nullptr);
  ~Client();

  /// The URL without credentials.
  const std::string& server() const;

  Result<std::vector<Alias>> aliases();
  /// From now on the alias leads to `collection`; at no moment to none.
  Result<void> point_alias(const std::string& alias, const std::string& collection, bool exists);
  /// Nothing where there is none. An alias' name will do.
  Result<std::optional<CollectionInfo>> collection(const std::string& name);
  /// Cosine distance. One that is there already is left as it is.
  Result<void> create(const std::string& name, int dimension, const CollectionOptions& options);
  Result<void> create_index(const std::string& name, std::string_view key, std::string_view type);

  /// Puts the points and deletes the obsolete ones, in this order and durable when it returns.
  Result<void> put(const std::string& name, std::span<const Point> points, std::span<const PointId> obsolete = {});
  /// Deletes all points that the filter lets through. Errors also: invalid_argument for an empty filter.
  Result<void> erase(const std::string& name, const Filter& filter);

  /// Not exact: quicker, and off by what the server has not tidied up yet.
  Result<std::int64_t> count(const std::string& name, const Filter& filter = {}, bool exact = true);
  Result<std::vector<FoundPoint>> nearest(const std::string& name, const Nearest& request);
  /// Errors also: not_found.
  Result<std::vector<float>> vector_of(const std::string& name, const PointId& id);
  Result<ScrollPage> scroll(const std::string& name, const Filter& filter, std::size_t limit,
                            const std::optional<PointId>& from = std::nullopt);
  /// The values that a key has, most frequent first; the key needs a payload index.
  Result<std::vector<std::string>> values_of(const std::string& name, const std::string& key, std::size_t limit);

 private:
  explicit Client(std::unique_ptr<Transport> transport);
  std::unique_ptr<Transport> transport_;
};

}  // namespace glimpse::qdrant
