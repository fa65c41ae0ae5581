#include "evaluate/retrieval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/trec.h"
#include "index/testing.h"

namespace glimpse::evaluate {
namespace {

using testing::ElementsAre;

Matrix random_matrix(std::size_t rows, std::size_t dimension, std::uint64_t seed) {
  Matrix matrix{dimension, {}};
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = index::unit_vector(dimension, seed * 1000 + i);
    matrix.values.insert(matrix.values.end(), row.begin(), row.end());
  }
  return matrix;
}

/// The same, by the book: a run and its judgments, as trec_eval would have them.
Evaluation by_trec(const Matrix& queries, const Matrix& documents, const Relevance& relevance) {
  Qrels qrels;
  Run run;
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const std::string query = fmt::format("{:04}", q);
    for (const std::size_t right : relevance.right[q]) qrels[query][fmt::format("{:04}", right)] = 1;
    for (std::size_t d = 0; d < documents.rows(); ++d) {
      double score = 0;
      for (std::size_t i = 0; i < queries.dimension; ++i) score += queries.row(q)[i] * documents.row(d)[i];
      run[query].push_back({fmt::format("{:04}", d), score});
    }
  }
  return evaluate(qrels, run, kUsualCutoffs, Averaging::kAnswered);
}

TEST(RetrievalTest, AgreesWithTrecEval) {
  const Matrix queries = random_matrix(40, 19, 1), documents = random_matrix(60, 19, 2);
  Relevance relevance;
  for (std::size_t q = 0; q < 40; ++q) {
    relevance.right.push_back(q % 7 == 0 ? std::vector<std::size_t>{} : std::vector<std::size_t>{q % 13, 20 + q});
  }
  const auto got = rank_all(queries, documents, relevance, kUsualCutoffs, 3, 2);
  const auto expected = by_trec(queries, documents, relevance);
  ASSERT_EQ(got.queries.size(), expected.queries.size());
  for (std::size_t i = 0; i < got.queries.size(); ++i) {
    EXPECT_DOUBLE_EQ(got.queries[i].measures.average_precision, expected.queries[i].measures.average_precision);
    EXPECT_EQ(got.queries[i].measures.ndcg, expected.queries[i].measures.ndcg);
    EXPECT_DOUBLE_EQ(1.0 / static_cast<double>(got.queries[i].first_right),
                     expected.queries[i].measures.reciprocal_rank);
  }
  EXPECT_NEAR(got.mean.ndcg[2], expected.mean.ndcg[2], 1e-12);
}

TEST(RetrievalTest, CaptionsOfOnePictureGoTogether) {
  GroundTruth truth;
  truth.pictures = {"a", "b"};
  truth.texts = {{"one", {1}}, {"two", {0}}, {"three", {1}}};
  EXPECT_THAT(text_to_image(truth).clusters, ElementsAre(1, 0, 1));
  const Matrix texts{2, {1, 0, 0, 1, 1, 0}}, pictures{2, {0, 1, 1, 0}};
  const auto found = rank_all(texts, pictures, text_to_image(truth), {1}, 1, 1);
  EXPECT_THAT(found.clusters, ElementsAre(0, 1, 0));
  EXPECT_DOUBLE_EQ(found.mean.precision[0], 1);
  EXPECT_THAT(found.queries[0].best, ElementsAre(1));
  const auto back = rank_all(pictures, texts, image_to_text(truth), {1, 2}, 1, 1);
  EXPECT_DOUBLE_EQ(back.mean.recall[0], 0.75) << "one of two captions, and the only one";
  EXPECT_DOUBLE_EQ(back.mean.hit_rate[0], 1);
}

TEST(RetrievalTest, TiesDoNotFlatter) {
  GroundTruth truth;
  truth.pictures = {"a", "b", "c"};
  truth.texts = {{"one", {0}}};
  const Matrix texts{1, {1}}, pictures{1, {1, 1, 1}};
  EXPECT_EQ(rank_all(texts, pictures, text_to_image(truth), {1}, 1, 1).queries[0].first_right, 3u);
}

}  // namespace
}  // namespace glimpse::evaluate
