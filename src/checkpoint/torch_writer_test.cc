#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/file.h"
#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {
namespace {

using testing::HasSubstr;

std::vector<float> counted(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), -2.5f);
  return values;
}

// That torch.load and Python's zipfile read it too is tests/integration/train_test.py's to show.
TEST(TorchWriter, OurReaderReadsItBack) {
  const TempDirectory directory;
  const auto file = directory.path() / "state.pt";
  const auto matrix = counted(12), scalar = counted(1), wide = counted(300);
  const std::vector<TensorToWrite> tensors = {{"visual.weight", {3, 4}, matrix},
                                              {"logit_scale", {}, scalar},
                                              {"a name – in UTF-8", {300}, wide},
                                              {"none", {0, 5}, {}}};
  ASSERT_TRUE(write_torch_state_dict(file, tensors));
  const auto opened = open(file);
  ASSERT_TRUE(opened) << opened.error().message();
  ASSERT_EQ((*opened)->tensors().size(), tensors.size());
  for (const TensorToWrite& tensor : tensors) {
    const TensorView* view = (*opened)->find(tensor.name);
    ASSERT_NE(view, nullptr) << tensor.name;
    EXPECT_EQ(view->dtype, DType::kF32);
    EXPECT_EQ(view->shape, tensor.shape);
    EXPECT_TRUE(std::ranges::equal(to_f32(*view), tensor.values)) << tensor.name;
  }
}

TEST(TorchWriter, TheSameTensorsGiveTheSameBytesAlignedAsTorchAligns) {
  const TempDirectory directory;
  const auto values = counted(7);
  const std::vector<TensorToWrite> tensors = {{"x", {7}, values}};
  ASSERT_TRUE(write_torch_state_dict(directory.path() / "a.pt", tensors));
  ASSERT_TRUE(write_torch_state_dict(directory.path() / "b.pt", tensors));
  const auto bytes = *read_text_file(directory.path() / "a.pt", 1 << 20);
  EXPECT_EQ(bytes, *read_text_file(directory.path() / "b.pt", 1 << 20));
  const auto at = bytes.find({reinterpret_cast<const char*>(values.data()), sizeof(float) * values.size()});
  EXPECT_EQ(at % 64, 0u);
}

TEST(TorchWriter, RefusesWhatContradictsItselfAndLeavesNothing) {
  const TempDirectory directory;
  const auto file = directory.path() / "state.pt";
  const auto values = counted(3);
  const auto twice = write_torch_state_dict(file, std::vector<TensorToWrite>{{"x", {3}, values}, {"x", {3}, values}});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("two tensors are named 'x'"));
  const auto misfit = write_torch_state_dict(file, std::vector<TensorToWrite>{{"x", {4}, values}});
  ASSERT_FALSE(misfit);
  EXPECT_THAT(misfit.error().message(), HasSubstr("does not fit 3 values"));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace glimpse::checkpoint
