#include "checkpoint/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/temp_directory.h"

namespace glimpse::checkpoint {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Parts : public testing::Test {
 protected:
  void write(const char* file, std::initializer_list<const char*> tensors) {
    const std::vector<float> values = {1, 2, static_cast<float>(tensors.size())};
    std::vector<TensorToWrite> rows;
    for (const char* name : tensors) rows.push_back({.name = name, .shape = {3}, .values = values});
    ASSERT_TRUE(write_safetensors(temp_.path() / file, rows));
  }
  void write_index(const std::string& text) { std::ofstream(index_) << text; }
  std::string refusal() const {
    const auto opened = open(index_);
    return opened ? "accepted" : opened.error().message();
  }

  const TempDirectory temp_;
  const std::filesystem::path index_ = temp_.path() / "model.safetensors.index.json";
};

TEST_F(Parts, AreOneCheckpoint) {
  write("1.safetensors", {"c", "a"});
  write("2.safetensors", {"b"});
  write_index(R"({"metadata": {"total_size": 36}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  const auto opened = open(index_);
  ASSERT_TRUE(opened) << opened.error().message();
  std::vector<std::string> names;
  for (const auto& tensor : (*opened)->tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));  // what the index does not name is there nevertheless
  EXPECT_THAT(to_f32(*(*opened)->find("b")), ElementsAre(1, 2, 1));
  EXPECT_THAT(to_f32(*(*opened)->find("c")), ElementsAre(1, 2, 2));
  EXPECT_THAT(*parts_of_index(index_), ElementsAre(temp_.path() / "1.safetensors", temp_.path() / "2.safetensors"));
}

TEST_F(Parts, WhatIsMissingOrTwiceIsNamed) {
  write("1.safetensors", {"a"});
  write_index(R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  EXPECT_EQ(open(index_).error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(refusal(), HasSubstr("2.safetensors"));
  write("2.safetensors", {"x"});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("2.safetensors"), HasSubstr("tensor 'b' is missing")));
  write("2.safetensors", {"a", "b"});
  EXPECT_THAT(refusal(), HasSubstr("tensor 'a' is in two"));
}

TEST_F(Parts, HostileIndexesAreRefused) {
  for (const char* text : {"", "[]", "{}", R"({"weight_map": []})", R"({"weight_map": {}})",
                           R"({"weight_map": {"a": {"b": {"c": [[[[1]]]]}}}})", "\xff"}) {
    write_index(text);
    EXPECT_EQ(open(index_).error().code(), ErrorCode::kCorruption) << text;
  }
  for (const char* name : {"../a", "/etc/passwd", ".", "..", "", "a/b", "a\\\\b", "a\\u0000b"}) {
    write_index(std::string(R"({"weight_map": {"a": ")") + name + "\"}}");
    EXPECT_THAT(refusal(), HasSubstr("beside the index")) << name;
  }
  write_index(R"({"weight_map": {"a": "model.safetensors.index.json"}})");
  EXPECT_THAT(refusal(), HasSubstr("another index"));
  std::string many = R"({"weight_map": {"x": "x")";
  for (int i = 0; i < 1000; ++i) many += ",\"" + std::to_string(i) + "\": \"" + std::to_string(i) + "\"";
  write_index(many + "}}");
  EXPECT_EQ(open(index_).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace glimpse::checkpoint
