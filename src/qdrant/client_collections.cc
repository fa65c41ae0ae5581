// Collections, aliases and payload indexes.
#include <algorithm>

#include "qdrant/ask.h"
#include "qdrant/client.h"
#include "qdrant/transport.h"

namespace glimpse::qdrant {
namespace {

CollectionInfo info_from(const Json& result) {
  CollectionInfo info;
  const auto text = [](const Json& json) { return json.is_string() ? json.get<std::string>() : std::string(); };
  info.status = text(member(result, "status"));
  const Json& points = member(result, "points_count");
  if (points.is_number_integer()) info.points = std::max<std::int64_t>(0, points.get<std::int64_t>());
  const Json& vectors = member(member(member(result, "config"), "params"), "vectors");
  const Json& size = member(vectors, "size");
  if (size.is_number_integer())
    info.dimension = static_cast<int>(std::clamp<std::int64_t>(size.get<std::int64_t>(), 0, 1 << 20));
  info.distance = text(member(vectors, "distance"));
  const Json& schema = member(result, "payload_schema");
  if (schema.is_object()) {
    for (const auto& [key, value] : schema.items()) info.indexed.insert(key);
  }
  return info;
}

std::string creation(int dimension, const CollectionOptions& options) {
  Json body = {{"vectors", {{"size", dimension}, {"distance", "Cosine"}}}};
  if (options.on_disk) {
    body["vectors"]["on_disk"] = true;
    body["on_disk_payload"] = true;
  }
  if (options.shards > 0) body["shard_number"] = options.shards;
  if (options.replicas > 0) body["replication_factor"] = options.replicas;
  if (options.hnsw_m > 0) body["hnsw_config"]["m"] = options.hnsw_m;
  if (options.hnsw_ef_construct > 0) body["hnsw_config"]["ef_construct"] = options.hnsw_ef_construct;
  if (options.quantize_int8) {
    body["quantization_config"]["scalar"] = {{"type", "int8"}, {"quantile", 0.99}, {"always_ram", true}};
  }
  return text_of(body);
}

bool is_there_already(const Error& error) {
  return error.code() == ErrorCode::kAlreadyExists ||
         (error.code() == ErrorCode::kInvalidArgument && error.message().find("already exists") != std::string::npos);
}

}  // namespace

Result<std::vector<Alias>> Client::aliases() {
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kGet, "/aliases"));
  const Json& list = member(result, "aliases");
  if (!list.is_array()) return unknown_answer(*transport_, "a list of aliases");
  std::vector<Alias> aliases;
  for (const Json& alias : list) {
    const Json &name = member(alias, "alias_name"), &collection = member(alias, "collection_name");
    if (!name.is_string() || !collection.is_string()) return unknown_answer(*transport_, "names of aliases");
    aliases.push_back({name, collection});
  }
  return aliases;
}

Result<void> Client::point_alias(const std::string& alias, const std::string& collection, bool exists) {
  Json actions = Json::array();
  if (exists) actions.push_back({{"delete_alias", {{"alias_name", alias}}}});
  actions.push_back({{"create_alias", {{"alias_name", alias}, {"collection_name", collection}}}});
  const std::string body = text_of({{"actions", std::move(actions)}});
  GLIMPSE_RETURN_IF_ERROR(ask(*transport_, Method::kPost, "/collections/aliases", body));
  return {};
}

Result<std::optional<CollectionInfo>> Client::collection(const std::string& name) {
  const auto result = ask(*transport_, Method::kGet, "/collections/" + in_path(name));
  if (!result && result.error().code() == ErrorCode::kNotFound) return std::optional<CollectionInfo>();
  GLIMPSE_RETURN_IF_ERROR(result);
  if (!member(*result, "config").is_object()) return unknown_answer(*transport_, "a collection's configuration");
  return std::optional(info_from(*result));
}

Result<void> Client::create(const std::string& name, int dimension, const CollectionOptions& options) {
  const auto result = ask(*transport_, Method::kPut, "/collections/" + in_path(name), creation(dimension, options));
  // Another machine was quicker, or our own first try whose answer was lost.
  if (!result && is_there_already(result.error())) return {};
  GLIMPSE_RETURN_IF_ERROR(result);
  return {};
}

Result<void> Client::create_index(const std::string& name, std::string_view key, std::string_view type) {
  const std::string body = text_of({{"field_name", std::string(key)}, {"field_schema", std::string(type)}});
  GLIMPSE_RETURN_IF_ERROR(ask(*transport_, Method::kPut, "/collections/" + in_path(name) + "/index?wait=true", body));
  return {};
}

}  // namespace glimpse::qdrant
