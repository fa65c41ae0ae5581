#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "library/records.h"
#include "qdrant/client.h"

namespace glimpse::qdrant {

/// The collection behind a name.
struct Target {
  std::string collection;  ///< The name it has itself.
  CollectionInfo info;
  bool aliased = false;  ///< The name is an alias; else it is the collection's own.
  bool created = false;  ///< It was made just now, and is empty.
};

/// What COLLECTION_NAME stands for. Ours are of one model each, "<name>_<8 digits of its fingerprint>", and the name is
/// an alias that leads to one of them. A plain collection of that name (the reference system's, say) is used as it is.
class Store {
 public:
  /// `client` must outlive it. Errors: invalid_argument (no name for a collection).
  static Result<Store> open(Client& client, std::string name);

  const std::string& name() const { return name_; }
  Client& client() const { return *client_; }

  /// Where searches go now; nothing while there is no collection. Errors also: invalid_argument for one that is not
  /// of single vectors with cosine distance.
  Result<std::optional<Target>> find() const;

  /// Where the model's points go, made when there is none, with its payload indexes. Where the name leads to another
  /// model's collection it still does afterwards: lead_to(). Errors also: invalid_argument for a plain collection of
  /// another dimension, distance or model.
  Result<Target> prepare(const library::ModelFacts& model, const CollectionOptions& options) const;

  /// Errors: invalid_argument when the collection is not of this model: another dimension, distance or, where its
  /// points say it, fingerprint.
  Result<void> check(const Target& target, const library::ModelFacts& model) const;

  /// From now on the name leads to this collection of ours. No effect on plain ones and where it does already.
  Result<void> lead_to(const Target& target) const;

  /// The model of the points: of one of them. Nothing when they do not say, or there are none.
  Result<std::optional<library::ModelFacts>> model_of(const Target& target) const;

 private:
  Store(Client& client, std::string name) : client_(&client), name_(std::move(name)) {}
  Result<std::optional<std::string>> alias() const;
  Result<void> add_indexes(const Target& target) const;

  Client* client_;
  std::string name_;
};

}  // namespace glimpse::qdrant
