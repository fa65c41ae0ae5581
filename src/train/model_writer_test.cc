#include "train/model_writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"
#include "hub/manifest.h"
#include "models/dual_encoder.h"

namespace glimpse::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Every tensor of the model's files, those whose name has `part` in it a little larger.
std::vector<TrainedTensor> trained(const models::DualEncoder& model, const std::string& part) {
  std::vector<TrainedTensor> tensors;
  for (const fs::path& file : model.weight_files().own) {
    const auto opened = checkpoint::open(file).value();
    for (const auto& view : opened->tensors()) {
      if (view.dtype == checkpoint::DType::kI64) continue;
      tensors.push_back({file, view.name, view.shape, checkpoint::to_f32(view)});
      if (view.name.find(part) == std::string::npos) continue;
      for (float& value : tensors.back().values) value += 0.25f;
    }
  }
  return tensors;
}

class WriteModel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    original_ = fs::path(GLIMPSE_TEST_DATA) / "models" / GetParam();
    auto opened = models::open_dual_encoder(original_, {});
    ASSERT_TRUE(opened) << opened.error().message();
    model_ = *std::move(opened);
  }
  ModelToWrite to_write(const std::string& part) const {
    return {.original = {original_, model_->weight_files().own},
            .tensors = trained(*model_, part),
            .target = directory_.path() / "new",
            .origin = "the original",
            .run_id = "0123"};
  }

  TempDirectory directory_;
  fs::path original_;
  std::unique_ptr<models::DualEncoder> model_;
};

TEST_P(WriteModel, OpensAsTheOriginalDoesWithTheNewWeights) {
  const ModelToWrite model = to_write("weight");
  const auto written = write_model(model);
  ASSERT_TRUE(written) << written.error().message();
  const auto opened = models::open_dual_encoder(model.target, {});
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ((*opened)->info().family, model_->info().family);
  EXPECT_EQ((*opened)->preprocess(), model_->preprocess());
  EXPECT_NE((*opened)->info().fingerprint, model_->info().fingerprint);
  const auto again = trained(**opened, "no such part");
  ASSERT_EQ(again.size(), model.tensors.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].name, model.tensors[i].name);
    EXPECT_EQ(again[i].values, model.tensors[i].values) << again[i].name;
  }
  const auto manifest = hub::read_manifest(model.target);
  ASSERT_TRUE(manifest);
  EXPECT_TRUE(hub::verify(*manifest, model.target));
  EXPECT_GE(manifest->files.size(), 2u);
}

TEST_P(WriteModel, FilesThatNobodyTrainedAreCopied) {
  const ModelToWrite model = to_write("no such part");
  ASSERT_TRUE(write_model(model));
  for (const fs::path& file : model.original.weight_files) {
    if (file.extension() == ".bin") continue;  // always written anew, as safetensors
    const fs::path copy =
        model.target / file.lexically_relative(fs::is_directory(original_) ? original_ : original_.parent_path());
    EXPECT_EQ(read_file(copy, 1 << 24).value(), read_file(file, 1 << 24).value());
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, WriteModel,
                         testing::Values("tiny-clip", "tiny-siglip", "tiny-dual", "tiny-open-clip", "tiny-openai",
                                         "tiny-coca", "tiny-blip-itm"));

class WriteClip : public WriteModel {};

TEST_P(WriteClip, IsWholeOrNotThere) {
  ModelToWrite model = to_write("weight");
  model.add = [](const fs::path&) { return Error::io("the disk is full"); };
  EXPECT_FALSE(write_model(model));
  EXPECT_TRUE(fs::is_empty(directory_.path()));
  model.add = [&](const fs::path& directory) -> Result<void> {
    EXPECT_FALSE(fs::exists(model.target));  // nobody can see it before it is whole
    EXPECT_TRUE(fs::exists(directory / "model.safetensors"));
    return write_file_atomically(directory / "card.md", "a card");
  };
  ASSERT_TRUE(write_model(model));
  EXPECT_EQ(*read_text_file(model.target / "card.md", 100), "a card");
  const auto again = write_model(model);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
}

// The name that each card has in a model made of one with cards of these names: the text says whose it is.
TEST_P(WriteClip, TheOriginalsCardsKeepTheirTextUnderOtherNames) {
  using Cards = std::vector<std::pair<std::string, std::string>>;
  const std::vector<std::pair<Cards, Cards>> rows = {
      {{{"README.md", "published"}}, {{"original-card.md", "published"}}},
      {{{"card.md", "first"}, {"original-card.md", "published"}},
       {{"original-card.md", "first"}, {"original-card-2.md", "published"}}},
      {{{"card.md", "second"}, {"original-card.md", "first"}, {"original-card-2.md", "published"}},
       {{"original-card.md", "second"}, {"original-card-2.md", "first"}, {"original-card-3.md", "published"}}},
      {{{"card.md", "first"}, {"README.md", "a person's note"}, {"original-card-x.md", "odd"}},
       {{"original-card.md", "first"}, {"README.md", "a person's note"}, {"original-card-x.md", "odd"}}}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const fs::path copy = directory_.path() / fmt::format("copy{}", i),
                   made = directory_.path() / fmt::format("new{}", i);
    fs::copy(original_, copy, fs::copy_options::recursive);
    for (const auto& [name, text] : rows[i].first) ASSERT_TRUE(write_file_atomically(copy / name, text));
    ASSERT_TRUE(write_model({.original = {copy, {}}, .tensors = {}, .target = made, .origin = {}, .run_id = {}}));
    Cards cards;
    for (const auto& entry : fs::directory_iterator(made)) {
      const std::string name = entry.path().filename();
      if (name.ends_with(".md")) cards.emplace_back(name, *read_text_file(entry.path(), 100));
    }
    EXPECT_THAT(cards, testing::UnorderedElementsAreArray(rows[i].second)) << i;
  }
}

TEST_P(WriteClip, WhatHoldsOfTheOriginalAloneStaysBehind) {
  const fs::path copy = directory_.path() / "copy";
  fs::copy(original_, copy, fs::copy_options::recursive);
  for (const char* name : {"activation_ranges.json", "glimpse-model.json", "pytorch_model.bin", ".cache"}) {
    EXPECT_TRUE(write_file_atomically(copy / name, "old"));
  }
  const auto opened = models::open_dual_encoder(copy, {});
  ASSERT_TRUE(opened);
  ASSERT_TRUE(write_model({.original = {copy, (*opened)->weight_files().own},
                           .tensors = trained(**opened, "weight"),
                           .target = directory_.path() / "new",
                           .origin = {},
                           .run_id = {}}));
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory_.path() / "new")) names.push_back(entry.path().filename());
  EXPECT_THAT(
      names, testing::UnorderedElementsAre("config.json", "merges.txt", "model.safetensors", "preprocessor_config.json",
                                           "tokenizer_config.json", "vocab.json", "glimpse-model.json"));
  EXPECT_THAT(*read_text_file(directory_.path() / "new/glimpse-model.json", 1 << 20), HasSubstr("sha256"));
}

INSTANTIATE_TEST_SUITE_P(Layouts, WriteClip, testing::Values("tiny-clip"));

}  // namespace
}  // namespace glimpse::train
