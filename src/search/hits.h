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

struct Page {
  std::size_t limit = 10;
  std::size_t offset = 0;
};

struct Hits {
  std::vector<Hit> hits;      ///< Best first; equal scores by ascending id, so that pages do not overlap.
  std::int64_t compared = 0;  ///< Pictures that the query was compared with; among captions, those that matched.
  double encode_ms = 0;
  double search_ms = 0;
};

}  // namespace glimpse::search
