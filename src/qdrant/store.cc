#include "qdrant/store.h"

#include <algorithm>

namespace glimpse::qdrant {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kFingerprintDigits = 8;
constexpr std::string_view kForbidden = "<>:\"/\\|?*";  // Qdrant's own rule

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name == "." || name == "..") return false;
  return std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < ' ' || kForbidden.find(c) != std::string_view::npos; });
}

Result<void> check_vectors(const std::string& name, const CollectionInfo& info) {
  if (info.dimension == 0) {
    return Error::invalid_argument(
        "collection '{}': its points have several vectors with names; expected one without a name: choose another "
        "with --collection",
        name);
  }
  if (info.distance == "Cosine") return {};
  return Error::invalid_argument(
      "collection '{}': expected cosine distance, found {}: choose another with --collection", name,
      info.distance.empty() ? "none" : info.distance);
}

}  // namespace

Result<Store> Store::open(Client& client, std::string name) {
  if (is_name(name)) return Store(client, std::move(name));
  return Error::invalid_argument("collection '{}': expected a name of 1 to {} bytes without control characters and {}",
                                 name, kMaxNameBytes, kForbidden);
}

Result<std::optional<std::string>> Store::alias() const {
  const auto aliases = client_->aliases();
  // A key that is good for one collection alone may not list aliases; what it is good for is a plain one to us.
  if (!aliases && aliases.error().code() == ErrorCode::kInvalidArgument) return std::optional<std::string>();
  GLIMPSE_RETURN_IF_ERROR(aliases);
  const auto found = std::ranges::find(*aliases, name_, &Alias::alias);
  return found == aliases->end() ? std::nullopt : std::optional(found->collection);
}

Result<std::optional<Target>> Store::find() const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto alias, this->alias());
  const std::string collection = alias.value_or(name_);
  GLIMPSE_ASSIGN_OR_RETURN(auto info, client_->collection(collection));
  if (!info) return std::optional<Target>();
  GLIMPSE_RETURN_IF_ERROR(check_vectors(collection, *info));
  return std::optional(Target{collection, *std::move(info), alias.has_value()});
}

Result<Target> Store::prepare(const library::ModelFacts& model, const CollectionOptions& options) const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto alias, this->alias());
  Target target{.collection = name_, .info = {}, .aliased = alias.has_value()};
  if (!alias) {
    GLIMPSE_ASSIGN_OR_RETURN(auto plain, client_->collection(name_));
    if (plain) {
      target.info = *std::move(plain);
      GLIMPSE_RETURN_IF_ERROR(check(target, model));
      GLIMPSE_RETURN_IF_ERROR(add_indexes(target));
      return target;
    }
    target.aliased = true;
  }
  target.collection = name_ + "_" + model.fingerprint.substr(0, kFingerprintDigits);
  GLIMPSE_ASSIGN_OR_RETURN(auto info, client_->collection(target.collection));
  if (!info) {
    GLIMPSE_RETURN_IF_ERROR(client_->create(target.collection, model.dimension, options));
    target.created = true;
    GLIMPSE_ASSIGN_OR_RETURN(info, client_->collection(target.collection));
    if (!info) return Error::unavailable("collection '{}' was made and is not there", target.collection);
  }
  target.info = *std::move(info);
  GLIMPSE_RETURN_IF_ERROR(check(target, model));
  GLIMPSE_RETURN_IF_ERROR(add_indexes(target));
  if (!alias) GLIMPSE_RETURN_IF_ERROR(client_->point_alias(name_, target.collection, false));
  return target;
}

Result<void> Store::check(const Target& target, const library::ModelFacts& model) const {
  GLIMPSE_RETURN_IF_ERROR(check_vectors(target.collection, target.info));
  if (target.info.dimension != model.dimension) {
    return Error::invalid_argument(
        "collection '{}' holds vectors of dimension {}, model '{}' makes {}: choose another with --collection, or use "
        "the model that made it",
        target.collection, target.info.dimension, model.model, model.dimension);
  }
  Nearest others{.limit = 1};
  others.filter.has("fingerprint").not_match("fingerprint", model.fingerprint);
  GLIMPSE_ASSIGN_OR_RETURN(const auto found, client_->nearest(target.collection, others));
  if (found.empty()) return {};
  return Error::invalid_argument(
      "collection '{}' holds vectors of model '{}' with fingerprint {}, not of '{}' with {}: choose another with "
      "--collection, or use the model that made it",
      target.collection, found.front().payload.model, found.front().payload.fingerprint, model.model,
      model.fingerprint);
}

Result<void> Store::add_indexes(const Target& target) const {
  for (const auto& [key, type] : indexed_keys()) {
    if (target.info.indexed.contains(key)) continue;
    GLIMPSE_RETURN_IF_ERROR(client_->create_index(target.collection, key, type));
  }
  return {};
}

Result<void> Store::lead_to(const Target& target) const {
  if (!target.aliased) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto alias, this->alias());
  if (alias == target.collection) return {};
  return client_->point_alias(name_, target.collection, alias.has_value());
}

Result<std::optional<library::ModelFacts>> Store::model_of(const Target& target) const {
  Nearest request;
  request.filter.has("fingerprint");
  request.limit = 1;
  GLIMPSE_ASSIGN_OR_RETURN(const auto points, client_->nearest(target.collection, request));
  if (points.empty()) return std::optional<library::ModelFacts>();
  const Payload& payload = points.front().payload;
  return std::optional(library::ModelFacts{.model = payload.model,
                                           .fingerprint = payload.fingerprint,
                                           .dimension = target.info.dimension,
                                           .model_directory = {}});
}

}  // namespace glimpse::qdrant
