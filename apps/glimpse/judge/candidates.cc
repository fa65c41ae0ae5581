// Pooling, as TREC does it: what is judged is the union of the best answers of several systems, in an order that tells
// neither system nor rank, since people grade what stands first more kindly.
// Source: Spärck Jones and van Rijsbergen 1975 (pooling); Voorhees and Harman 2005, chapter 2.
#include "judge/candidates.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "base/file.h"
#include "generation_search.h"
#include "library/judgments.h"

namespace glimpse::app {
namespace {

constexpr std::uint64_t kMaxQueryFileBytes = 16 << 20;

using ByContent = std::map<Hash128, Candidate>;

/// Takes a generation's best answers to each query into `pools`.
Result<void> add_answers(GenerationSearch& asked, const std::vector<std::string>& queries, std::size_t top,
                         std::vector<ByContent>& pools) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(auto hits, asked.engine->by_text(queries[i], {.limit = top}));
    std::int64_t rank = 0;
    for (auto& hit : hits.hits) {
      ++rank;
      const auto there = pools[i].find(hit.picture.content);
      if (there != pools[i].end() && there->second.rank <= rank) continue;
      const Hash128 content = hit.picture.content;
      pools[i][content] = {queries[i], std::move(hit.picture), std::move(hit.caption),
                           rank,       asked.generation.model, asked.generation.fingerprint};
    }
  }
  return {};
}

Result<std::vector<library::Generation>> generations_to_ask(const library::Library& library,
                                                            const std::vector<std::string>& names) {
  std::vector<library::Generation> generations;
  GLIMPSE_ASSIGN_OR_RETURN(generations.emplace_back(), generation_to_ask(library, ""));
  for (const auto& name : names) {
    GLIMPSE_ASSIGN_OR_RETURN(auto generation, generation_to_ask(library, name));
    const bool known = std::ranges::any_of(generations, [&](const auto& one) { return one.id == generation.id; });
    if (!known) generations.push_back(std::move(generation));
  }
  return generations;
}

/// Fisher and Yates; std::shuffle's result is the standard library's own.
void shuffle(std::vector<Candidate>& candidates, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t left = candidates.size(); left > 1; --left) {
    std::swap(candidates[left - 1], candidates[random() % left]);
  }
}

/// The contents that `judge` has judged for the query.
Result<std::set<Hash128>> judged_by(const library::Library& library, const std::string& query,
                                    const std::string& judge) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, library::Judgments(library).list({.query = query, .judge = judge}));
  std::set<Hash128> contents;
  for (const auto& judgment : list.judgments) contents.insert(judgment.content);
  return contents;
}

}  // namespace

Result<Pool> pool_candidates(const CommonFlags& common, const library::Library& library,
                             const std::vector<std::string>& queries, const PoolOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto generations, generations_to_ask(library, options.generations));
  std::vector<ByContent> pools(queries.size());
  for (const auto& generation : generations) {
    GLIMPSE_ASSIGN_OR_RETURN(auto asked, open_generation(common, library, generation));
    GLIMPSE_RETURN_IF_ERROR(add_answers(asked, queries, options.top, pools));
  }
  Pool pool;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    std::vector<Candidate> candidates;  // in the order of contents, whatever the answers were
    for (auto& [content, candidate] : pools[i]) candidates.push_back(std::move(candidate));
    shuffle(candidates, options.seed ^ hash128(queries[i]).low);
    GLIMPSE_ASSIGN_OR_RETURN(const auto judged, judged_by(library, queries[i], options.judge));
    for (auto& candidate : candidates) {
      if (judged.contains(candidate.picture.content)) {
        ++pool.judged;
      } else {
        pool.candidates.push_back(std::move(candidate));
      }
    }
  }
  return pool;
}

Result<std::vector<std::string>> read_queries(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxQueryFileBytes));
  std::vector<std::string> queries;
  std::set<std::string> known;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto key = library::judged_query(line);
    if (!key)
      return Error(key.error().code(), fmt::format("{}, line {}: {}", display(file), number, key.error().message()));
    if (!known.insert(*std::move(key)).second) continue;
    const auto begin = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t\r");
    queries.emplace_back(line.substr(begin, last - begin + 1));
  }
  if (queries.empty()) return Error::invalid_argument("{}: no query in it: one a line is expected", display(file));
  return queries;
}

}  // namespace glimpse::app
