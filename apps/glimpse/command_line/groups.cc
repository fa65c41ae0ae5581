#include "command_line/groups.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace glimpse::app {
namespace {

void add_common_flags(CLI::App& app, CommonFlags& common) {
  option(app, "--library", common.library, "Folder that holds the library")->capture_default_str();
  flag(app, "--json", common.json, "Print the answer as JSON");
  flag(app, "-q,--quiet", common.quiet, "No progress on standard error");
}

void add_store_flags(CLI::App& app, CommonFlags& common) {
  StoreFlags& store = common.store;
  option(app, "--store", store.kind, "Where vectors are: local, or qdrant (the default where QDRANT_URL is set)")
      ->check(CLI::IsMember({"local", "qdrant"}));
  option(app, "--qdrant-url", store.url, "Qdrant's address, such as http://localhost:6333 (QDRANT_URL)");
  option(app, "--collection", store.collection, "Name of the collection; default: glimpse (COLLECTION_NAME)");
  option(app, "--qdrant-api-key", store.api_key, "Key that Qdrant asks for (QDRANT_API_KEY)");
  option(app, "--qdrant-api-key-file", store.api_key_file, "File that holds the key (QDRANT_API_KEY_FILE)");
  option(app, "--qdrant-timeout", store.timeout_s, "Seconds to wait for an answer of Qdrant's")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
}

}  // namespace

std::string environment_twin(const std::string& names) {
  const auto start = names.find("--");
  std::string twin = "GLIMPSE_" + names.substr(start + 2, names.find(',', start) - start - 2);
  std::ranges::transform(twin, twin.begin(), [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
  return twin;
}

const CLI::Validator& finite_number() {
  static const CLI::Validator validator(
      [](const std::string& text) {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        return is_number && !std::isfinite(number) ? "expected a number, got " + text : std::string();
      },
      "");
  return validator;
}

CLI::Option* flag(CLI::App& app, const std::string& names, bool& target, const std::string& help) {
  return app.add_flag(names, target, help)->envname(environment_twin(names));
}

void add_model_flags(CLI::App& app, CommonFlags& common) {
  option(app, "-m,--model", common.model, "Model: a name from 'glimpse model list', or a directory");
  option(app, "--params", common.params, "Fine-tuned torch state_dict laid over the model's weights");
  option(app, "--precision", common.precision, "Arithmetic of the picture tower: f32, bf16, int8 or auto")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  option(app, "--threads", common.threads, "Processors to use; 0: all that this process may")
      ->check(CLI::Range(0, 1024));
}

void add_memory_flag(CLI::App& app, CommonFlags& common) {
  option(app, "--memory", common.memory,
         "Memory to stay within, such as 1G or 800M; default: three quarters of what this process may use");
}

void add_index_flag(CLI::App& app, CommonFlags& common) {
  option(app, "--index", common.index,
         "How vectors are searched: exact; exact-i8 (half the memory); hnsw (approximate, for millions); auto: by how "
         "many there are")
      ->check(CLI::IsMember({"auto", "exact", "exact-i8", "hnsw"}));
}

void add_store_reading_flags(CLI::App& app, CommonFlags& common) {
  add_store_flags(app, common);
  option(app, "--qdrant-ef", common.store.hnsw_ef, "Qdrant's hnsw_ef: higher finds more, slower; 0: its own")
      ->check(CLI::Range(0, 65536));
  flag(app, "--qdrant-exact", common.store.exact, "Qdrant compares with every picture, not by its index");
  option(app, "--dataset", common.store.dataset, "Folder that holds Qdrant's pictures here (DATASET_PATH)");
}

void add_store_writing_flags(CLI::App& app, CommonFlags& common) {
  StoreFlags& store = common.store;
  add_store_flags(app, common);
  const auto number = [&](const char* name, int& target, int most, const char* help) {
    option(app, name, target, help)->check(CLI::Range(0, most));
  };
  option(app, "--qdrant-batch", store.batch, "Pictures in one request to Qdrant")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  number("--qdrant-shards", store.shards, 1024, "shard_number of a new collection; 0: Qdrant's own");
  number("--qdrant-replicas", store.replicas, 64, "replication_factor of a new collection; 0: Qdrant's own");
  number("--qdrant-hnsw-m", store.hnsw_m, 256, "hnsw_config.m of a new collection; 0: Qdrant's own");
  number("--qdrant-ef-construct", store.hnsw_ef_construct, 4096,
         "hnsw_config.ef_construct of a new collection; 0: Qdrant's own");
  flag(app, "--qdrant-quantize", store.quantize, "A new collection keeps int8 copies of its vectors in memory");
  flag(app, "--qdrant-on-disk", store.on_disk, "A new collection keeps vectors and payload on disk");
}

CLI::App* command(CLI::App& app, Flags& flags, const std::string& name, const std::string& help) {
  CLI::App* sub = app.add_subcommand(name, help);
  add_common_flags(*sub, flags.common);
  return sub;
}

void add_json_lines(CLI::App& app, bool& target) {
  flag(app, "--json-lines", target,
       "Print a line of JSON whenever pictures are safely on disk, with their names, then the report");
}

void add_follow_flags(CLI::App& app, FollowFlags& follow) {
  option(app, "--settle", follow.settle_ms, "Milliseconds without a change before changes are taken in")
      ->check(CLI::Range(10, 60'000))
      ->capture_default_str();
  option(app, "--rescan", follow.rescan, "Seconds between looks at all of every folder, to be sure")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
}

}  // namespace glimpse::app
