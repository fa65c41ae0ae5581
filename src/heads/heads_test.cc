#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "base/file.h"
#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"
#include "heads/material_files.h"
#include "heads/phrases.h"
#include "heads/sentence_runs.h"

namespace glimpse::heads {
namespace {

using testing::ElementsAre;

TEST(Phrases, AnAttributeDirectlyBeforeANoun) {
  EXPECT_THAT(phrases_of("A boy in a White shirt and two dogs; the old red car."),
              ElementsAre("red car", "two dogs", "white shirt"));
  EXPECT_THAT(phrases_of("white and black, many of them, small ox"), ElementsAre());
  EXPECT_THAT(phrases_of("\xff\xfe"), ElementsAre());
}

Matrix unit_rows(std::int64_t rows, std::int64_t columns, std::mt19937& random) {
  Matrix m{.rows = rows, .columns = columns, .values = std::vector<float>(static_cast<std::size_t>(rows * columns))};
  std::normal_distribution<float> normal;
  for (float& v : m.values) v = normal(random);
  for (std::int64_t r = 0; r < rows; ++r) {
    float* const row = m.values.data() + r * columns;
    float square = 0;
    for (std::int64_t c = 0; c < columns; ++c) square += row[c] * row[c];
    for (std::int64_t c = 0; c < columns; ++c) row[c] /= std::sqrt(square);
  }
  return m;
}

TEST(Matrix, RowsInTheOrderAskedFor) {
  const Matrix m{.rows = 3, .columns = 2, .values = {1, 2, 3, 4, 5, 6}};
  const Matrix some = rows_of(m, std::vector<std::int64_t>{2, 0, 2});
  EXPECT_EQ(some.rows, 3);
  EXPECT_EQ(some.columns, 2);
  EXPECT_THAT(some.values, ElementsAre(5, 6, 1, 2, 5, 6));
  EXPECT_EQ(rows_of(m, {}).rows, 0);
}

TEST(SentenceRuns, CutsWhereSentencesDiffer) {
  std::mt19937 random(1);
  const Matrix topics = unit_rows(3, 32, random);
  const std::vector<std::string> sentences = {"a a", "b b", "c c", "d d", "e e", "a x",
                                              "b x", "c x", "d x", "A y", "B y"};
  const int topic[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2};
  Matrix embeddings{.rows = 11, .columns = 32, .values = {}};
  for (const int t : topic) {
    embeddings.values.insert(embeddings.values.end(), topics.values.begin() + t * 32,
                             topics.values.begin() + t * 32 + 32);
  }
  EXPECT_THAT(sentence_runs(sentences, embeddings),
              ElementsAre(ElementsAre(0, 1, 2, 3, 4), ElementsAre(5, 6, 7, 8), ElementsAre(9, 10)));
  EXPECT_THAT(sentence_runs({}, {}), ElementsAre());
}

Material some_material() {
  return {.versions = {{.rows = 2, .columns = 3, .values = {1, 2, 3, 4, 5, 6}},
                       {.rows = 2, .columns = 3, .values = {6, 5, 4, 3, 2, 1}}},
          .pictures = {{.captions = {0, 2}, .phrases = {1}},
                       {.captions = {3}, .phrases = {}, .labelled = true, .held_out = true}},
          .texts = {.rows = 4, .columns = 2, .values = {1, 0, 0, 1, -1, 0, 0, -1}},
          .runs = {{0, 1}, {2, 3}}};
}

TEST(MaterialFiles, ReadsWhatItWrote) {
  const TempDirectory directory;
  const Material material = some_material();
  ASSERT_TRUE(write_material(directory.path(), material));
  const auto read = read_material(directory.path());
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->versions.size(), 2u);
  EXPECT_EQ(read->versions[1].values, material.versions[1].values);
  EXPECT_EQ(read->texts.values, material.texts.values);
  EXPECT_EQ(read->pictures[0].captions, material.pictures[0].captions);
  EXPECT_EQ(read->pictures[0].phrases, material.pictures[0].phrases);
  EXPECT_TRUE(read->pictures[1].labelled && read->pictures[1].held_out);
  EXPECT_EQ(read->runs, material.runs);
}

TEST(MaterialFiles, RefusesWhatDoesNotFitTogether) {
  const TempDirectory directory;
  Material material = some_material();
  material.pictures[0].captions = {4};
  ASSERT_TRUE(write_material(directory.path(), material));
  EXPECT_THAT(read_material(directory.path()).error().message(), testing::HasSubstr("among the 4 texts"));
  material = some_material();
  material.pictures.pop_back();
  ASSERT_TRUE(write_material(directory.path(), material));
  EXPECT_THAT(read_material(directory.path()).error().message(), testing::HasSubstr("features of 1 pictures, got 2"));
  ASSERT_TRUE(write_file_atomically(directory.path() / "material.json", std::string_view("{\"format\": 1")));
  EXPECT_EQ(read_material(directory.path()).error().code(), ErrorCode::kCorruption);
  ASSERT_TRUE(write_file_atomically(directory.path() / "material.json", std::string_view("{\"format\": 2}")));
  EXPECT_EQ(read_material(directory.path()).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace glimpse::heads
