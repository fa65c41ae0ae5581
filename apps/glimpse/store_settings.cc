#include "store_settings.h"

#include <algorithm>

#include "base/file.h"

namespace glimpse::app {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 16'384;

Result<std::string> api_key(const StoreFlags& flags) {
  if (!flags.api_key.empty() || flags.api_key_file.empty()) return flags.api_key;
  GLIMPSE_ASSIGN_OR_RETURN(std::string key,
                           read_text_file(flags.api_key_file, kMaxKeyBytes).with_context("Qdrant's API key"));
  while (!key.empty() && static_cast<unsigned char>(key.back()) <= ' ') key.pop_back();
  if (key.empty())
    return Error::invalid_argument("{}: expected Qdrant's API key, got nothing", display(flags.api_key_file));
  return key;
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
  settings.timeout_s = std::min(settings.timeout_s, 10.0);
  settings.attempts = 3;
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
