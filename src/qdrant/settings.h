#pragma once

#include <cstddef>
#include <string>

namespace glimpse::qdrant {

/// Where the server is and how patient we are with it.
struct Settings {
  std::string url;      ///< As in "http://localhost:6333": http or https, with a path in front where a proxy wants one.
  std::string api_key;  ///< Sent as the header api-key; empty: none.
  double connect_timeout_s = 5;
  double timeout_s = 30;        ///< Of one request.
  int attempts = 6;             ///< Of one request, the first included.
  double first_pause_s = 0.25;  ///< Doubles from attempt to attempt; half of each pause is drawn at random.
  double longest_pause_s = 15;  ///< Also of what a Retry-After asks for.
  std::size_t max_answer_bytes = 64 << 20;
};

/// How a collection of ours is made; 0 and false: as the server does by itself.
struct CollectionOptions {
  int shards = 0;
  int replicas = 0;
  int hnsw_m = 0;
  int hnsw_ef_construct = 0;
  bool on_disk = false;        ///< Vectors and payload stay on disk.
  bool quantize_int8 = false;  ///< Scalar quantization, kept in memory; answers are rescored with the full vectors.
};

}  // namespace glimpse::qdrant
