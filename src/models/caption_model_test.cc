#include "models/caption_model.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "models/dual_encoder.h"
#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

struct Writer {
  std::string directory;
  std::vector<std::vector<float>> rows;  ///< Two sentences of one length.
};

class CaptionModels : public ::testing::TestWithParam<Writer> {};

TEST_P(CaptionModels, ReadingATokenAtATimeSaysTheSame) {
  const auto model = open_dual_encoder(model_data(GetParam().directory));
  ASSERT_TRUE(model) << model.error().message();
  const CaptionModel& captions = *(*model)->captions();
  const auto& rows = GetParam().rows;
  nn::ReferenceGraph pictures;
  const auto pixels = pictures.input({.shape = {1, 3, 32, 32}, .values = golden_pixels(1, 32)});
  const auto memory = captions.memory_forward(pictures, pixels);
  ASSERT_TRUE(memory) << memory.error().message();
  const nn::Array looked = pictures.at(*memory);
  EXPECT_EQ(looked.shape, (nn::Shape{1, captions.memory_tokens(), captions.memory_width()}));

  const auto kept = static_cast<std::size_t>(captions.kept_of_token() * captions.memory_width());
  const auto vocabulary = static_cast<std::size_t>(captions.caption_tokens().vocabulary_size);
  std::vector<float> past;
  for (std::size_t length = 1; length <= rows[0].size(); ++length) {
    std::vector<float> ids;
    for (const auto& row : rows) ids.insert(ids.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(length));
    const nn::Array read = {.shape = {2, static_cast<std::int64_t>(length)}, .values = ids};
    nn::ReferenceGraph whole, step;
    const auto expected = captions.next_forward(whole, whole.input(looked), whole.input(read));
    const nn::Shape before = {static_cast<std::int64_t>(length) - 1, 2, captions.kept_of_token(),
                              captions.memory_width()};
    const auto found = captions.step_forward(step, step.input(looked), step.input({.shape = before, .values = past}),
                                             step.input(read));
    ASSERT_TRUE(expected && found);
    const std::vector<float>& scores = whole.at(*expected).values;
    const std::vector<float>& stepped = step.at(*found).values;
    ASSERT_EQ(stepped.size(), 2 * (vocabulary + kept));
    for (std::size_t row = 0; row < 2; ++row) {
      const auto own = std::span(stepped).subspan(row * (vocabulary + kept), vocabulary + kept);
      EXPECT_LT(greatest_difference(own.first(vocabulary), std::span(scores).subspan(row * vocabulary, vocabulary)),
                1e-4)
          << "row " << row << " length " << length;
      past.insert(past.end(), own.begin() + static_cast<std::ptrdiff_t>(vocabulary), own.end());
    }
  }
}

// In CoCa id 0 is padding, and also a word: what follows it does not see the token behind it.
INSTANTIATE_TEST_SUITE_P(
    EachFamily, CaptionModels,
    ::testing::Values(Writer{"tiny-coca", {{519, 515, 0, 517, 0, 0, 300}, {519, 7, 7, 8, 0, 12, 13}}},
                      Writer{"tiny-blip-caption", {{61, 5, 9, 9, 0, 20, 31}, {61, 7, 7, 8, 0, 12, 13}}}),
    [](const auto& tested) { return tested.param.directory == "tiny-coca" ? "Coca" : "Blip"; });

}  // namespace
}  // namespace glimpse::models
