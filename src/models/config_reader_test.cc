#include "models/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/temp_directory.h"

namespace glimpse::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ConfigReaderTest : public ::testing::Test {
 protected:
  Result<ConfigReader> read(const std::string& json) {
    std::ofstream(temp_.path() / "c.json") << json;
    return ConfigReader::open(temp_.path() / "c.json");
  }
  TempDirectory temp_;
};

TEST_F(ConfigReaderTest, GivesFieldsAndFallbacks) {
  auto config = read(R"({"a": {"n": 7, "x": 1.5, "s": "word"}, "v": [1, 2, 3], "nothing": null})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->integer("a.n", {0, 10}), 7);
  EXPECT_EQ(config->number("a.x", {0, 10}), 1.5);
  EXPECT_EQ(config->text("a.s"), "word");
  EXPECT_EQ(config->integer("a.m", {0, 10}, 3), 3);
  EXPECT_EQ(config->integer("nothing", {0, 10}, 4), 4);
  EXPECT_FALSE(config->has("nothing"));
  EXPECT_THAT(config->numbers("v", 3, {}), ::testing::ElementsAre(1, 2, 3));
  EXPECT_TRUE(config->check());
}

TEST_F(ConfigReaderTest, CollectsEveryProblem) {
  auto config = read(R"({"big": 18446744073709551615, "fraction": 1.5, "word": 3, "deep": [], "v": [1, "x", 3]})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->integer("big", {1, 100}), 1);
  (void)config->integer("fraction", {1, 100});
  (void)config->text("word");
  (void)config->integer("deep.er", {0, 1});
  (void)config->numbers("v", 3, {0, 0, 0});
  (void)config->file_name("word");
  const auto checked = config->check();
  ASSERT_FALSE(checked);
  EXPECT_THAT(
      checked.error().message(),
      AllOf(HasSubstr("c.json"), HasSubstr("'big': expected a whole number from 1 to 100, got 18446744073709551615"),
            HasSubstr("'fraction'"), HasSubstr("'word': expected a string, got 3"), HasSubstr("'deep.er' is missing"),
            HasSubstr("'v': expected 3 numbers")));
}

TEST_F(ConfigReaderTest, FileNamesStayInside) {
  for (const char* name : {"/etc/passwd", "../x", "a/../../x", "", "a\\u0000b"}) {
    auto config = read(std::string(R"({"f": ")") + name + "\"}");
    ASSERT_TRUE(config) << name;
    EXPECT_EQ(config->file_name("f"), "") << name;
    EXPECT_FALSE(config->check()) << name;
  }
  auto config = read(R"({"f": "text/model.safetensors"})");
  EXPECT_EQ(config->file_name("f"), "text/model.safetensors");
  EXPECT_TRUE(config->check());
}

TEST_F(ConfigReaderTest, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "3", "{", "{\"a\":}", "\xff\xfe"}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code(), ErrorCode::kCorruption);
  }
  EXPECT_FALSE(read(std::string(2'000'000, '[')));  // deep nesting
  EXPECT_EQ(read(std::string(5'000'000, ' ')).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace glimpse::models
