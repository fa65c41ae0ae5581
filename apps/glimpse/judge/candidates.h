#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "flags.h"
#include "library/library.h"

namespace glimpse::app {

/// A picture to be judged as an answer to a query.
struct Candidate {
  std::string query;
  library::Picture picture;
  std::string caption;    ///< Empty: none.
  std::int64_t rank = 0;  ///< The best that it had among the pooled answers, and …
  std::string model;      ///< … whose answer that was.
  std::string fingerprint;
};

/// What there is to judge: the queries in their order, the pictures of each in an order that says nothing of their
/// rank.
struct Pool {
  std::vector<Candidate> candidates;
  std::int64_t judged = 0;  ///< Candidates that this judge has judged already, left out.
};

struct PoolOptions {
  std::size_t top = 20;                  ///< So many of the best of each generation.
  std::vector<std::string> generations;  ///< Beside the active one, by name or id.
  std::uint64_t seed = 1;                ///< Of the order; the same seed gives the same.
  std::string judge;
};

/// Asks every generation every query, one generation's model in memory at a time. Pictures with the same bytes are one
/// candidate. Errors: generation_to_ask's, open_generation's; invalid_argument (a query).
Result<Pool> pool_candidates(const CommonFlags& common, const library::Library& library,
                             const std::vector<std::string>& queries, const PoolOptions& options);

/// One query a line; empty lines and repeated queries are left out. Errors: io; invalid_argument with the line that is
/// no query.
Result<std::vector<std::string>> read_queries(const std::filesystem::path& file);

}  // namespace glimpse::app
