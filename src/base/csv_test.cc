#include "base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glimpse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Csv, ReadsWhatSpreadsheetsAndPandasWrite) {
  const auto csv = parse_csv(
      "\xEF\xBB\xBF"
      "file_name,caption\r\na.jpg,\"a dog, a cat\"\n\nb.jpg,\"said \"\"hi\"\"\nthere\"\r\n");
  ASSERT_TRUE(csv) << csv.error().message();
  EXPECT_THAT(csv->records, ElementsAre(ElementsAre("file_name", "caption"), ElementsAre("a.jpg", "a dog, a cat"),
                                        ElementsAre("b.jpg", "said \"hi\"\nthere")));
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  const std::vector<CsvRecord> records = {{"a", ""}, {"", "b"}, {",", "\""}, {"\r\n", "x\ny"}, {"ü", "\"\""}};
  std::string text;
  for (const CsvRecord& record : records) text += csv_line(record);
  const auto csv = parse_csv(text);
  ASSERT_TRUE(csv) << csv.error().message();
  EXPECT_EQ(csv->records, records);
  EXPECT_EQ(csv->whole_bytes, text.size());
}

TEST(Csv, ARecordThatWasCutIsNotWhole) {
  const std::string text = "a,b\n\"c\",\"d\ne\"\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto csv = parse_csv(text.substr(0, size));
    ASSERT_TRUE(csv) << size;
    EXPECT_EQ(csv->whole_bytes, size < 4 ? 0u : size < text.size() ? 4u : text.size()) << size;
    EXPECT_EQ(csv->records.size(), size < 4 ? 0u : size < text.size() ? 1u : 2u) << size;
  }
}

TEST(Csv, AWholeTextHidesNothingBehindAnOpenQuote) {
  EXPECT_THAT(*parse_whole_csv("a,b\nc,d"), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(*parse_whole_csv("a,\"b\""), ElementsAre(ElementsAre("a", "b")));
  EXPECT_THAT(*parse_whole_csv(""), IsEmpty());
  const auto open = parse_whole_csv("a,b\nc,\"d\ne\"\nf,\"g\nh,i\n");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(open.error().message(), HasSubstr("line 4: a quote that is never closed"));
}

TEST(Csv, MisplacedQuotesAreNamedByTheirLine) {
  EXPECT_THAT(parse_csv("a,b\nc\"d,e\n").error().message(), HasSubstr("line 2"));
  EXPECT_THAT(parse_csv("a,\"b\"c\n").error().message(), HasSubstr("line 1"));
}

}  // namespace
}  // namespace glimpse
