#include "store_settings.h"

#include <algorithm>

#include "base/secret.h"

namespace glimpse::app {
namespace {

Result<std::string> api_key(const StoreFlags& flags) {
  if (flags.api_key_file.empty()) return flags.api_key;
  if (!flags.api_key.empty()) {
    return Error::invalid_argument("QDRANT_API_KEY and QDRANT_API_KEY_FILE are both set: give one of them");
  }
  return read_secret(flags.api_key_file).with_context("QDRANT_API_KEY_FILE");
}

}  // namespace

bool uses_qdrant(const StoreFlags& flags) {
  return flags.kind == "qdrant" || (flags.kind.empty() && !flags.url.empty());
}

Result<qdrant::Settings> store_settings(const StoreFlags& flags) {
  if (flags.url.empty()) {
    return Error::invalid_argument(
        "--store qdrant: expected its address: --qdrant-url http://HOST:6333, or QDRANT_URL");
  }
  qdrant::Settings settings{.url = flags.url, .api_key = {}};
  GLIMPSE_ASSIGN_OR_RETURN(settings.api_key, api_key(flags));
  settings.timeout_s = flags.timeout_s;
  settings.connect_timeout_s = std::min(settings.connect_timeout_s, flags.timeout_s);
  return settings;
}

Result<qdrant::Settings> quick_store_settings(const StoreFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(qdrant::Settings settings, store_settings(flags));
  settings.connect_timeout_s = std::min(settings.connect_timeout_s, 2.0);
  settings.timeout_s = std::min(settings.timeout_s, 5.0);
  settings.attempts = 2;
  settings.first_pause_s = 0.1;
  settings.longest_pause_s = 1;
  return settings;
}

std::string collection_name(const StoreFlags& flags) { return flags.collection.empty() ? "glimpse" : flags.collection; }

qdrant::MirrorOptions mirror_options(const StoreFlags& flags) {
  return {.batch = static_cast<std::size_t>(flags.batch),
          .creation = {.shards = flags.shards,
                       .replicas = flags.replicas,
                       .hnsw_m = flags.hnsw_m,
                       .hnsw_ef_construct = flags.hnsw_ef_construct,
                       .on_disk = flags.on_disk,
                       .quantize_int8 = flags.quantize}};
}

}  // namespace glimpse::app
