// Beam search as the references have it: each group of beams is ranked by itself, so that groups differ in nothing but
// their ties; sums of scores are compared, a finished caption by its sum divided by its length. A group is done when
// none of its beams can still beat the worst of its finished captions. Source: transformers 4.49,
// generation/beam_search.py (BeamSearchScorer, BeamHypotheses), which open_clip calls; transformers 5.24,
// generation/utils.py (_beam_search). One picture at a time.
#include "encode/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace glimpse::encode {
namespace {

using text::TokenId;
using Tokens = models::CaptionModel::Tokens;
using Row = std::vector<TokenId>;

/// log(softmax(scores)), in place.
void to_log_probabilities(std::span<float> scores) {
  const float most = *std::ranges::max_element(scores);
  double sum = 0;
  for (const float score : scores) sum += std::exp(static_cast<double>(score - most));
  const float log_sum = most + static_cast<float>(std::log(sum));
  for (float& score : scores) score -= log_sum;
}

constexpr float kNeverFirst = -1e9f;  ///< Of all beams of a group but one, lest they all say the same.

struct Finished {
  double score;
  Row row;
};

/// The best finished captions of one group.
class Hypotheses {
 public:
  explicit Hypotheses(std::size_t most) : most_(most) {}

  void add(const Row& row, float sum, std::size_t length) {
    const double score = static_cast<double>(sum) / static_cast<double>(length);
    if (kept_.size() >= most_ && score <= worst_) return;
    kept_.push_back({score, row});
    if (kept_.size() > most_) kept_.erase(std::ranges::min_element(kept_, {}, &Finished::score));
    worst_ = std::ranges::min_element(kept_, {}, &Finished::score)->score;
  }

  bool nothing_can_beat_it(float best_sum, std::size_t length) const {
    return kept_.size() >= most_ && worst_ >= static_cast<double>(best_sum) / static_cast<double>(length);
  }

  const std::vector<Finished>& kept() const { return kept_; }

 private:
  std::size_t most_;
  std::vector<Finished> kept_;
  double worst_ = 1e9;
};

struct Candidate {
  float sum;
  std::size_t beam;
  TokenId token;
};

/// Beams that are ranked together.
struct Group {
  std::vector<Row> rows;
  std::vector<float> sums;
  Hypotheses hypotheses;
  std::size_t uncounted;  ///< Tokens at the beginning that are no part of a sentence's length.
  bool done = false;

  Group(std::size_t size, const Row& first, std::size_t not_counted)
      : rows(size, first), sums(size, kNeverFirst), hypotheses(size), uncounted(not_counted) {
    sums[0] = 0;
  }

  std::size_t size() const { return rows.size(); }

  /// The best 2 · size continuations, best first; of equals the first.
  std::vector<Candidate> candidates(std::span<float> scores, const Tokens& tokens, const GenerateOptions& options) {
    const auto vocabulary = static_cast<std::size_t>(tokens.vocabulary_size);
    std::vector<Candidate> best;
    for (std::size_t beam = 0; beam < size(); ++beam) {
      const auto row = scores.subspan(beam * vocabulary, vocabulary);
      if (options.rules == models::CaptionRules::kTransformers) to_log_probabilities(row);
      process_scores(row, rows[beam], tokens, options);
      for (std::size_t id = 0; id < vocabulary; ++id) {
        best.push_back({row[id] + sums[beam], beam, static_cast<TokenId>(id)});
      }
    }
    const auto kept = best.begin() + static_cast<std::ptrdiff_t>(std::min(2 * size(), best.size()));
    std::partial_sort(best.begin(), kept, best.end(), [](const Candidate& a, const Candidate& b) {
      return a.sum != b.sum ? a.sum > b.sum : std::pair(a.beam, a.token) < std::pair(b.beam, b.token);
    });
    best.erase(kept, best.end());
    return best;
  }

  void advance(const std::vector<Candidate>& best, TokenId end, models::CaptionRules rules) {
    const std::size_t length = rows[0].size() + 1 - uncounted;
    std::vector<Row> next_rows;
    std::vector<float> next_sums;
    for (std::size_t rank = 0; rank < best.size() && next_rows.size() < size(); ++rank) {
      const Candidate& candidate = best[rank];
      if (candidate.token == end) {
        if (rank < size()) hypotheses.add(rows[candidate.beam], candidate.sum, length);
        continue;
      }
      next_rows.push_back(rows[candidate.beam]);
      next_rows.back().push_back(candidate.token);
      next_sums.push_back(candidate.sum);
    }
    rows = std::move(next_rows);
    sums = std::move(next_sums);
    const bool open_clip = rules == models::CaptionRules::kOpenClip;
    done = hypotheses.nothing_can_beat_it(open_clip ? best.front().sum : sums.front(), length);
  }

  /// Stays as long as the others go on: its rows are no longer read.
  void stand_still(TokenId pad) {
    for (Row& row : rows) row.push_back(pad);
  }
};

Row best_of(std::vector<Group>& groups, const Tokens& tokens, const GenerateOptions& options) {
  const Finished* best = nullptr;
  for (Group& group : groups) {
    if (!group.done) {
      for (std::size_t beam = 0; beam < group.size(); ++beam) {
        group.hypotheses.add(group.rows[beam], group.sums[beam], group.rows[beam].size() - group.uncounted);
      }
    }
    for (const Finished& finished : group.hypotheses.kept()) {
      if (best == nullptr || finished.score >= best->score) best = &finished;  // of equals the last
    }
  }
  Row row = best->row;
  if (std::ssize(row) < options.max_length) row.push_back(tokens.end);
  return row;
}

}  // namespace

Result<Row> beam_search(const Tokens& tokens, const NextScores& next, const GenerateOptions& options) {
  const auto count = static_cast<std::size_t>(options.beam_groups);
  const std::size_t size = static_cast<std::size_t>(options.beams) / count;
  const std::size_t scores_of_group = size * static_cast<std::size_t>(tokens.vocabulary_size);
  const Row first = first_row(tokens, options);
  const bool open_clip = options.rules == models::CaptionRules::kOpenClip;
  std::vector<Group> groups(count, Group(size, first, open_clip ? 0 : first.size()));
  for (auto length = std::ssize(first); length < options.max_length; ++length) {
    Row ids;
    for (const Group& group : groups) {
      for (const Row& row : group.rows) ids.insert(ids.end(), row.begin(), row.end());
    }
    GLIMPSE_ASSIGN_OR_RETURN(auto scores, next(ids, options.beams));
    for (std::size_t i = 0; i < count; ++i) {
      const auto own = std::span(scores).subspan(i * scores_of_group, scores_of_group);
      if (groups[i].done) {
        groups[i].stand_still(tokens.pad);
      } else {
        groups[i].advance(groups[i].candidates(own, tokens, options), tokens.end, options.rules);
      }
    }
    if (std::ranges::all_of(groups, &Group::done)) break;
  }
  return best_of(groups, tokens, options);
}

}  // namespace glimpse::encode
