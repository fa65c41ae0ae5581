#include "base/secret.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse {
namespace {

class Secret : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("GLIMPSE_TEST_KEY");
    unsetenv("GLIMPSE_TEST_KEY_FILE");
  }
  void TearDown() override { SetUp(); }

  std::filesystem::path file(std::string_view text) {
    const auto path = directory_.path() / "key";
    EXPECT_TRUE(write_file_atomically(path, text));
    return path;
  }

  TempDirectory directory_;
};

TEST_F(Secret, IsTheValueOrTheFilesLine) {
  EXPECT_EQ(secret_from_environment("GLIMPSE_TEST_KEY").value(), "");
  setenv("GLIMPSE_TEST_KEY", "of the environment", 1);
  EXPECT_EQ(secret_from_environment("GLIMPSE_TEST_KEY").value(), "of the environment");
  setenv("GLIMPSE_TEST_KEY", "", 1);
  for (const auto* text : {" s3cret=/", " s3cret=/\n", " s3cret=/\r\n"}) {
    setenv("GLIMPSE_TEST_KEY_FILE", file(text).c_str(), 1);
    EXPECT_EQ(secret_from_environment("GLIMPSE_TEST_KEY").value(), " s3cret=/");
  }
}

TEST_F(Secret, InBothPlacesIsRefused) {
  setenv("GLIMPSE_TEST_KEY", "one", 1);
  setenv("GLIMPSE_TEST_KEY_FILE", file("two").c_str(), 1);
  const auto both = secret_from_environment("GLIMPSE_TEST_KEY");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(both.error().message(), "GLIMPSE_TEST_KEY and GLIMPSE_TEST_KEY_FILE are both set: unset one of them");
}

TEST_F(Secret, OfABadFileIsRefusedAndNeverShown) {
  setenv("GLIMPSE_TEST_KEY_FILE", (directory_.path() / "none").c_str(), 1);
  const auto missing = secret_from_environment("GLIMPSE_TEST_KEY");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find("GLIMPSE_TEST_KEY_FILE"), std::string::npos);
  EXPECT_NE(missing.error().message().find("none"), std::string::npos);
  for (const std::string_view text : {std::string_view(""), std::string_view("\n"), std::string_view("first\nsecond\n"),
                                      std::string_view("nul\0byte", 8)}) {
    const auto bad = read_secret(file(text));
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(bad.error().message().find("first"), std::string::npos);
  }
  EXPECT_EQ(read_secret(file(std::string(70'000, 'x'))).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(read_secret(directory_.path()).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse
