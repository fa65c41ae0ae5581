#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library/records.h"

namespace glimpse::search {

struct Hit {
  library::Picture picture;
  float score = 0;           ///< Cosine similarity, or BM25 among captions; higher is better.
  std::string caption = {};  ///< Empty: none.
  /// The probability, 0 to 1, that the query's words belong to the picture; none: rerank() did not look at it.
  std::optional<float> match = std::nullopt;
};

enum class Order {
  kBestFirst,
  kNewestFirst,  ///< By library::time_ms; of a search only its best `among` hits.
};

struct Page {
  std::size_t limit = 10;
  std::size_t offset = 0;
  Order order = Order::kBestFirst;
  std::size_t among = 200;  ///< For kNewestFirst.
};

struct Hits {
  std::vector<Hit> hits;  ///< Best first; equal scores by ascending id, so that pages do not overlap.
  /// Pictures that the query was compared with: all, or those that the filter lets through; among captions, those that
  /// matched.
  std::int64_t compared = 0;
  double encode_ms = 0;
  double search_ms = 0;
};

/// What is left of the best hits when they are put in the page's order and cut to it.
void arrange(std::vector<Hit>& hits, const Page& page);

/// How many of the best hits that takes.
std::size_t hits_needed(const Page& page);

}  // namespace glimpse::search
