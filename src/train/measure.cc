#include "train/measure.h"

#include <algorithm>
#include <optional>
#include <span>

#include "evaluate/retrieval.h"
#include "train/batch_stream.h"

namespace glimpse::train {
namespace {

const evaluate::Cutoffs kCutoffs = {1, 5, 10};
constexpr std::size_t kAt1 = 0, kAt5 = 1, kAt10 = 2;  // places in kCutoffs

Result<void> check(const MeasureOptions& options) {
  if (options.cancel == nullptr || !options.cancel->cancelled()) return {};
  return Error::cancelled("interrupted while the model was measured");
}

Result<evaluate::Matrix> embed_pictures(Learner& learner, const Gallery& gallery, const MeasureOptions& options) {
  std::vector<ExampleBatch> batches;
  for (const std::size_t picture : gallery.pictures) {
    if (batches.empty() || batches.back().size() == options.batch) batches.emplace_back();
    batches.back().push_back({picture, gallery.data->pictures[picture].captions.front()});
  }
  BatchStream stream(*gallery.data, batches,
                     {.preprocess = options.preprocess, .keeps = keeper_of(learner), .threads = options.threads});
  evaluate::Matrix matrix{.dimension = learner.dimension(), .values = {}};
  for (std::size_t i = 0; i < batches.size(); ++i) {
    GLIMPSE_RETURN_IF_ERROR(check(options));
    GLIMPSE_ASSIGN_OR_RETURN(const auto batch, stream.next());
    GLIMPSE_ASSIGN_OR_RETURN(const auto rows, learner.embed_pictures(batch));
    matrix.values.insert(matrix.values.end(), rows.begin(), rows.end());
  }
  return matrix;
}

Result<evaluate::Matrix> embed_texts(Learner& learner, const evaluate::GroundTruth& truth,
                                     const MeasureOptions& options) {
  std::vector<std::string> texts;
  for (const auto& text : truth.texts) texts.push_back(text.text);
  evaluate::Matrix matrix{.dimension = learner.dimension(), .values = {}};
  for (std::size_t at = 0; at < texts.size(); at += options.batch) {
    GLIMPSE_RETURN_IF_ERROR(check(options));
    const auto some = std::span(texts).subspan(at, std::min(options.batch, texts.size() - at));
    GLIMPSE_ASSIGN_OR_RETURN(const auto rows, learner.embed_texts(some));
    matrix.values.insert(matrix.values.end(), rows.begin(), rows.end());
  }
  return matrix;
}

}  // namespace

Result<Score> measure(Learner& learner, const Gallery& gallery, const MeasureOptions& options) {
  Score score;
  if (gallery.empty()) return score;
  const auto truth = truth_of(*gallery.data, gallery.pictures);
  GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, embed_pictures(learner, gallery, options));
  GLIMPSE_ASSIGN_OR_RETURN(const auto texts, embed_texts(learner, truth, options));
  return score_of(truth, texts, pictures, options.threads);
}

Score score_of(const evaluate::GroundTruth& truth, const evaluate::Matrix& texts, const evaluate::Matrix& pictures,
               int threads) {
  const auto there = rank_all(texts, pictures, text_to_image(truth), kCutoffs, 0, threads);
  const auto back = rank_all(pictures, texts, image_to_text(truth), kCutoffs, 0, threads);
  Score score;
  score.pictures = truth.pictures.size();
  score.texts = truth.texts.size();
  score.ndcg_10 = there.mean.ndcg[kAt10];
  score.hit_1 = there.mean.hit_rate[kAt1];
  score.hit_5 = there.mean.hit_rate[kAt5];
  score.hit_10 = there.mean.hit_rate[kAt10];
  score.mrr = there.mean.reciprocal_rank;
  score.back_ndcg_10 = back.mean.ndcg[kAt10];
  score.back_hit_1 = back.mean.hit_rate[kAt1];
  score.back_hit_5 = back.mean.hit_rate[kAt5];
  score.back_hit_10 = back.mean.hit_rate[kAt10];
  for (const auto& query : there.queries) score.ndcg_10_of_texts.push_back(query.measures.ndcg[kAt10]);
  score.clusters = there.clusters;
  return score;
}

evaluate::PairedDifference difference(const Score& before, const Score& after) {
  return evaluate::compare_paired(before.ndcg_10_of_texts, after.ndcg_10_of_texts, after.clusters);
}

}  // namespace glimpse::train
