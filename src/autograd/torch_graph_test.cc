// The forward with gradients against the published implementations' numbers and the plain loops of ReferenceGraph.
#include "autograd/torch_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "autograd/families_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::autograd {
namespace {

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.detach().to(at::kFloat).contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

class Families : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const models::DualEncoder> model_ = opened(GetParam());
  std::int64_t size_ = model_->preprocess().crop_size;
  std::size_t width_ = static_cast<std::size_t>(model_->info().embedding_dimension);
  Parameters parameters_{ScopeRule({}, {}), 1};

  static at::Tensor tensor(const std::vector<float>& values, at::IntArrayRef shape) {
    return at::tensor(values).reshape(shape);
  }
  at::Tensor image(const std::vector<float>& pixels, bool bf16 = false) {
    TorchGraph g(parameters_, bf16);
    const auto value = model_->image_forward(g, g.input(tensor(pixels, {-1, 3, size_, size_})));
    if (!value) throw std::runtime_error(value.error().message());
    return g.at(*value);
  }
  at::Tensor text(const OwnedBatch& batch, bool bf16 = false) {
    TorchGraph g(parameters_, bf16);
    const std::vector<float> as_floats(batch.ids.begin(), batch.ids.end());
    const auto value = model_->text_forward(g, {.ids = g.input(tensor(as_floats, {-1, batch.tokens}).to(at::kLong)),
                                                .mask = g.input(tensor(batch.mask, {-1, batch.tokens}))});
    if (!value) throw std::runtime_error(value.error().message());
    return g.at(*value);
  }
  std::vector<float> reference_text(const OwnedBatch& batch) const {
    nn::ReferenceGraph g;
    const nn::Shape shape = {static_cast<std::int64_t>(batch.ids.size()) / batch.tokens, batch.tokens};
    const nn::Value ids = g.input({.shape = shape, .values = {batch.ids.begin(), batch.ids.end()}});
    const auto value = model_->text_forward(g, {.ids = ids, .mask = g.input({.shape = shape, .values = batch.mask})});
    if (!value) throw std::runtime_error(value.error().message());
    return g.at(*value).values;
  }
};

TEST_P(Families, PicturesEqualThePublishedImplementation) {
  const models::Goldens goldens(models::model_data(GetParam() + ".goldens"));
  const bool dual = GetParam() == "tiny-dual";
  const std::vector<float> expected = goldens.at(dual ? "image.embedding" : "vision.embedding");
  const auto got =
      values_of(image(models::golden_pixels(static_cast<int>(expected.size() / width_), static_cast<int>(size_))));
  EXPECT_GT(models::worst_cosine(got, expected, width_), 0.99999);
  EXPECT_LT(models::greatest_difference(got, expected), 1e-4);
}

TEST_P(Families, WordsEqualThePlainLoops) {
  const OwnedBatch batch = random_batch(*model_, 4, 7);
  const std::vector<float> expected = reference_text(batch);
  const auto got = values_of(text(batch));
  EXPECT_GT(models::worst_cosine(got, expected, width_), 0.99999);
  EXPECT_LT(models::greatest_difference(got, expected), 1e-5);
}

TEST_P(Families, Bf16StaysClose) {
  const OwnedBatch batch = random_batch(*model_, 3, 8);
  EXPECT_GT(models::worst_cosine(values_of(image(batch.pixels, true)), values_of(image(batch.pixels)), width_), 0.999);
  EXPECT_GT(models::worst_cosine(values_of(text(batch, true)), values_of(text(batch)), width_), 0.999);
}

/// What no gradient reaches: the temperature, which the loss has; buffers; what embeddings do not need.
std::set<std::string> without_gradient(const std::string& name) {
  if (name == "tiny-siglip") return {"logit_scale", "logit_bias"};
  if (name == "tiny-coca") return {"module.logit_scale"};
  if (name == "tiny-blip-itm") return {};  // its file has none
  if (name == "tiny-dual") {
    return {"heads.0.scale", "heads.1.scale", "heads.0.layer_norm", "heads.1.layer_norm"};  // read while building
  }
  return {"logit_scale"};
}

bool has_no_gradient_by_kind(const std::string& name) {
  const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
  return holds("running_") || holds("num_batches_tracked")  // statistics
         || holds("position_ids") || holds("attn_mask")     // buffers
         || holds("text_decoder.") || holds("crossattention") || holds("itm_head") || name == "pooler.dense.weight" ||
         name == "pooler.dense.bias";  // for captions and matching, not embeddings
}

TEST_P(Families, EveryTensorOfTheFilesHasAGradientButTheseExceptions) {
  const OwnedBatch batch = random_batch(*model_, 3, 9);
  const at::Tensor pictures = image(batch.pixels);
  const at::Tensor words = text(batch);
  const at::Tensor weights = at::arange(static_cast<double>(pictures.numel()), at::kFloat).sin().reshape_as(pictures);
  ((pictures + 2 * words) * weights).sum().backward();
  std::set<std::string> with;
  for (const auto& [key, parameter] : parameters_.all()) {
    ASSERT_TRUE(parameter.master.grad().defined()) << key;
    EXPECT_TRUE(at::isfinite(parameter.master.grad()).all().item<bool>()) << key;
    with.insert(parameter.view.name);
  }
  std::set<std::string> without;
  for (const auto& file : model_->weight_files().own) {
    const auto opened_file = checkpoint::open(file);
    ASSERT_TRUE(opened_file) << opened_file.error().message();
    for (const auto& tensor : (*opened_file)->tensors()) {
      if (!with.contains(tensor.name) && !has_no_gradient_by_kind(tensor.name)) without.insert(tensor.name);
    }
  }
  if (GetParam() == "tiny-openai") {
    for (const char* number : {"input_resolution", "context_length", "vocab_size"}) without.erase(number);
  }
  EXPECT_EQ(without, without_gradient(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(TorchGraph, Families, testing::ValuesIn(kFamilies),
                         [](const auto& row) { return test_name(row.param); });

TEST(Parameters, ThirdsOfOneTensorAreParametersOfTheirOwnAndKeepTheirValues) {
  const auto model = opened("tiny-open-clip");
  Parameters parameters(ScopeRule({}, {}), 1);
  TorchGraph g(parameters);
  const at::Tensor pixels = at::zeros({1, 3, 32, 32}, at::kFloat);
  ASSERT_TRUE(model->image_forward(g, g.input(pixels)));
  int thirds = 0;
  for (const auto& [key, p] : parameters.all()) {
    if (p.view.name == "visual.transformer.resblocks.0.attn.in_proj_weight") ++thirds;
  }
  EXPECT_EQ(thirds, 3);
  const auto count = parameters.all().size();
  TorchGraph second(parameters);
  ASSERT_TRUE(model->image_forward(second, second.input(pixels)));
  EXPECT_EQ(parameters.all().size(), count);
}

}  // namespace
}  // namespace glimpse::autograd
