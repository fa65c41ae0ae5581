#include "evaluate/ground_truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

struct GroundTruthTest : testing::Test {
  TempDirectory temp;
  fs::path write(const fs::path& name, std::string_view text) {
    const fs::path file = temp.path() / name;
    fs::create_directories(file.parent_path());
    EXPECT_TRUE(write_file_atomically(file, text));
    return file;
  }
};

std::vector<std::string> texts_of(const GroundTruth& truth) {
  std::vector<std::string> texts;
  for (const auto& text : truth.texts) texts.push_back(text.text);
  return texts;
}

void expect_dogs(const Result<GroundTruth>& truth, TruthForm form) {
  ASSERT_TRUE(truth) << truth.error().message();
  EXPECT_EQ(truth->form, form);
  EXPECT_THAT(truth->pictures, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(texts_of(*truth), ElementsAre("a dog", "two dogs"));
  EXPECT_THAT(truth->texts[0].pictures, ElementsAre(0, 1));
  EXPECT_THAT(truth->texts_of_pictures()[1], ElementsAre(0));
}

TEST_F(GroundTruthTest, TablesOfThreeKinds) {
  constexpr auto kRows = "\na.jpg,a dog\na.jpg,two dogs\nb.jpg, a dog \n";
  for (const std::string header : {"file_name,caption", "filepath,title", "image,caption"}) {
    expect_dogs(read_ground_truth(write("x.csv", header + kRows)), TruthForm::kTable);
  }
}

TEST_F(GroundTruthTest, BrokenRowsAreCountedAndNamed) {
  const auto truth = read_ground_truth(write("x.csv",
                                             "file_name,caption\na.jpg,a dog\nb.jpg\n,a cat\nc.jpg,  \nd.jpg,\"a "
                                             "\xFF\"\na.jpg,a dog\nf.jpg,a dog, running\ne.jpg,last"));
  ASSERT_TRUE(truth) << truth.error().message();
  EXPECT_THAT(truth->pictures, ElementsAre("a.jpg", "e.jpg"));
  EXPECT_EQ(truth->broken, 5u);
  EXPECT_EQ(truth->repeated, 1u);
  EXPECT_THAT(truth->remarks[0], HasSubstr("record 2: expected 2 fields, got 1"));
  EXPECT_THAT(truth->remarks[2], HasSubstr("an empty caption"));
  EXPECT_THAT(truth->remarks[4], HasSubstr("record 7: expected 2 fields, got 3"));  // a comma asks for quotes
}

TEST_F(GroundTruthTest, ATableWhoseEndAnOpenQuoteSwallowsIsRefused) {
  const auto truth = read_ground_truth(write("x.csv", "file_name,caption\na.jpg,a dog\nb.jpg,\"a cat\nc.jpg,a cow\n"));
  ASSERT_FALSE(truth);
  EXPECT_EQ(truth.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(truth.error().message(), HasSubstr("x.csv: line 3: a quote that is never closed"));
}

TEST_F(GroundTruthTest, Coco) {
  expect_dogs(read_ground_truth(write("x.json", R"({"images": [{"id": 7, "file_name": "a.jpg"},
      {"id": 9, "file_name": "b.jpg"}], "annotations": [{"image_id": 7, "caption": "a dog"},
      {"image_id": 7, "caption": "two dogs"}, {"image_id": 9, "caption": "a dog"}]})")),
              TruthForm::kCoco);
  const auto broken = read_ground_truth(write("y.json", R"({"images": [{"id": "x"}, 3], "annotations":
      [{"image_id": 1, "caption": "a"}, {"caption": "b"}, null]})"));
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->broken, 3u);
  EXPECT_EQ(read_ground_truth(write("z.json", "[1")).error().code(), ErrorCode::kCorruption);
}

TEST_F(GroundTruthTest, FlickrTokens) {
  expect_dogs(read_ground_truth(write("x.token.txt", "a.jpg#0\ta dog\r\na.jpg#1\ttwo dogs\n\nb.jpg#0\ta dog")),
              TruthForm::kFlickr);
  EXPECT_EQ(read_ground_truth(write("y.txt", "no captions here\n")).error().code(), ErrorCode::kCorruption);
}

TEST_F(GroundTruthTest, TextsBesidePictures) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) write(name, "");
  write("a.txt", "a dog\ntwo dogs\n");
  write("b.txt", "\n a dog");
  expect_dogs(read_ground_truth(temp.path()), TruthForm::kTexts);
}

TEST_F(GroundTruthTest, FoldersAsLabels) {
  for (const char* name : {"black_dog/1.jpg", "black_dog/2.jpg", "cat/3.png", "loose.jpg"}) write(name, "");
  const auto truth = read_ground_truth(temp.path());
  ASSERT_TRUE(truth) << truth.error().message();
  EXPECT_EQ(truth->form, TruthForm::kFolders);
  EXPECT_THAT(texts_of(*truth), ElementsAre("black dog", "cat"));
  EXPECT_THAT(truth->texts[0].pictures, ElementsAre(0, 1));
}

TEST_F(GroundTruthTest, SaysWhatItCannotRead) {
  EXPECT_EQ(read_ground_truth(temp.path()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(read_ground_truth(temp.path() / "none").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(read_ground_truth(write("x.xml", "<a/>")).error().code(), ErrorCode::kUnsupported);
  const auto columns = read_ground_truth(write("x.csv", "name,text\na,b\n"));
  EXPECT_THAT(columns.error().message(), HasSubstr("got 'name,text'"));
}

}  // namespace
}  // namespace glimpse::evaluate
