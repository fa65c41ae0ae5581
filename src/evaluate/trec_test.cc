// Measures against trec_eval on 1,000 random runs (tools/goldens/measures.py), and its files.
#include "evaluate/trec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::evaluate {
namespace {

using testing::HasSubstr;

const Cutoffs kCutoffs = {1, 5, 10, 20};

/// The generator of tools/goldens/measures.py.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  int below(int bound) {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return static_cast<int>((z ^ z >> 31) % static_cast<std::uint64_t>(bound));
  }

 private:
  std::uint64_t state_;
};

struct Sample {
  Qrels qrels;
  Run run;
};

std::string document(int number) { return fmt::format("d{}", number); }

Sample make(std::uint64_t number) {
  Dice dice(number);
  const int documents = 1 + dice.below(40), levels = 1 + dice.below(4);
  const int judged = dice.below(documents + 1), returned = 1 + dice.below(documents), kind = dice.below(3);
  Sample sample;
  Judgments& judgments = sample.qrels["q"];
  for (int i = 0; i < judged; ++i) {
    const std::string name = document(dice.below(documents));
    const int grade = dice.below(levels + 1);
    judgments[name] = grade - (dice.below(8) == 0 ? 1 : 0);
  }
  std::map<std::string, double> scores;
  for (int i = 0; i < returned; ++i) {
    const std::string name = document(dice.below(documents));
    scores[name] = kind == 0   ? dice.below(5) / 3.0
                   : kind == 1 ? dice.below(1 << 20) / 1024.0
                               : 0.1 + dice.below(4) * 1e-10;
  }
  for (const auto& [name, score] : scores) sample.run["q"].push_back({name, score});
  return sample;
}

std::vector<double> values_of(const Measures& measures) {
  std::vector<double> values;
  for (const auto* list :
       {&measures.precision, &measures.recall, &measures.hit_rate, &measures.ndcg, &measures.ndcg_binary}) {
    values.insert(values.end(), list->begin(), list->end());
  }
  values.insert(values.end(), {measures.average_precision, measures.reciprocal_rank});
  return values;
}

TEST(MeasuresTest, EqualTrecEvalOnAThousandRandomRuns) {
  const auto bytes = read_file(GLIMPSE_TEST_DATA "/evaluate/trec_eval.f64", 1 << 20).value();
  std::vector<double> expected(bytes.size() / sizeof(double));
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  ASSERT_EQ(expected.size(), 22'000u);
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const Sample sample = make(number);
    const auto got = values_of(evaluate(sample.qrels, sample.run, kCutoffs, Averaging::kAnswered).mean);
    ASSERT_EQ(got.size(), 22u);
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(got[i], expected[number * 22 + i], 1e-9) << "run " << number << ", value " << i;
    }
  }
}

TEST(EvaluateTest, GradesBelowWhatCountsAsRightStillGain) {
  const Qrels qrels = {{"q", {{"partly", 1}, {"right", 2}, {"exactly", 3}}}};
  const evaluate::Run run = {{"q", {{"partly", 3}, {"right", 2}, {"unknown", 1}}}};
  const auto lenient = evaluate(qrels, run, {2}, Averaging::kAnswered).mean;
  const auto strict = evaluate(qrels, run, {2}, Averaging::kAnswered, 2).mean;
  EXPECT_DOUBLE_EQ(lenient.precision[0], 1);
  EXPECT_DOUBLE_EQ(strict.precision[0], 0.5);
  EXPECT_DOUBLE_EQ(strict.recall[0], 0.5);
  EXPECT_DOUBLE_EQ(strict.reciprocal_rank, 0.5);
  EXPECT_DOUBLE_EQ(strict.average_precision, 0.25);
  EXPECT_DOUBLE_EQ(strict.ndcg[0], lenient.ndcg[0]);
  EXPECT_LT(strict.ndcg_binary[0], lenient.ndcg_binary[0]);
}

TEST(EvaluateTest, QueriesWithoutAnAnswerCountOnlyWhenAskedTo) {
  const Qrels qrels = {{"a", {{"x", 1}}}, {"b", {{"x", 1}}}};
  const evaluate::Run run = {{"a", {{"x", 1}}}, {"c", {{"x", 1}}}};
  const auto answered = evaluate(qrels, run, {1}, Averaging::kAnswered);
  EXPECT_EQ(answered.queries.size(), 1u);
  EXPECT_EQ(answered.without_answer, 1u);
  EXPECT_EQ(answered.without_judgment, 1u);
  EXPECT_DOUBLE_EQ(answered.mean.precision[0], 1);
  EXPECT_DOUBLE_EQ(evaluate(qrels, run, {1}, Averaging::kComplete).mean.precision[0], 0.5);
}

struct TrecFiles : testing::Test {
  TempDirectory temp;
  std::filesystem::path write(std::string_view text) {
    const auto file = temp.path() / "file";
    EXPECT_TRUE(write_file_atomically(file, text));
    return file;
  }
};

TEST_F(TrecFiles, AreReadAndWritten) {
  const auto qrels = read_qrels(write("q1 0 a.jpg 2\r\n\nq1\t0\tb%20c.jpg  -1\nq2 0 a.jpg 0"));
  ASSERT_TRUE(qrels) << qrels.error().message();
  EXPECT_EQ(qrels->at("q1").at("a.jpg"), 2);
  EXPECT_EQ(qrels->at("q1").at("b%20c.jpg"), -1);
  EXPECT_EQ(*read_qrels(write(qrels_text({{"a dog", {{"x y.jpg", 1}}}}))), (Qrels{{"a%20dog", {{"x%20y.jpg", 1}}}}));
  EXPECT_EQ(decode_trec_name("x%20y%2"), "x y%2");
  const auto run = read_run(write(run_text({{"q", {{"b", 1}, {"a", 1}, {"c", 2.5}}}}, "glimpse small")));
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run->at("q").front().document, "c");
  EXPECT_EQ(run->at("q").back().document, "a") << "equal scores: the greater name first";
}

TEST_F(TrecFiles, SayWhatIsWrongWithThem) {
  const auto expect = [](const auto& result, const char* text) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kCorruption);
    EXPECT_THAT(result.error().message(), HasSubstr(text));
  };
  expect(read_qrels(write("q 0 a 1\nq 0 a")), "line 2: expected 4 fields, got 3");
  expect(read_qrels(write("q 0 a one")), "line 1: expected a whole number as grade, got 'one'");
  expect(read_qrels(write("q 0 a 1\nq 0 a 2")), "has a grade for 'a' already");
  expect(read_run(write("q Q0 a 1 nan r")), "finite number");
  expect(read_run(write("q Q0 a 1 0.5 r\nq Q0 a 2 0.4 r")), "has 'a' already");
  EXPECT_EQ(read_run(temp.path() / "none").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace glimpse::evaluate
