#include "evaluate/query_file.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::evaluate {
namespace {

class QueryFile : public ::testing::Test {
 protected:
  Result<std::vector<StatedQuery>> read(std::string_view text, const char* name = "queries.json") {
    EXPECT_TRUE(write_file_atomically(directory_.path() / name, text));
    return read_query_file(directory_.path() / name);
  }
  std::string refusal(std::string_view text, const char* name = "queries.json") {
    const auto queries = read(text, name);
    return queries ? "" : queries.error().message();
  }
  TempDirectory directory_;
};

TEST_F(QueryFile, SaysWhatAQueryIs) {
  const auto queries = read(R"({"queries": [
    {"id": "cats", "query": "two cats", "attributes": {"count": "two", "object": ["cat", "kitten"]},
     "relevant": {"a b.jpg": 3, "c.jpg": 0}},
    {"id": "lawn", "query": "green grass", "relevant": ["d.jpg"]},
    {"id": "none", "query": "white pants", "attributes": {}}]})");
  ASSERT_TRUE(queries) << queries.error().message();
  ASSERT_EQ(queries->size(), 3u);
  EXPECT_EQ((*queries)[0].text, "two cats");
  EXPECT_EQ((*queries)[0].attributes,
            (Attributes{{Attribute::kCount, {"two"}}, {Attribute::kObject, {"cat", "kitten"}}}));
  EXPECT_EQ((*queries)[0].grades, (std::map<std::string, int>{{"a b.jpg", 3}, {"c.jpg", 0}}));
  EXPECT_FALSE((*queries)[1].attributes.has_value());
  EXPECT_EQ((*queries)[1].grades.at("d.jpg"), 1);
  EXPECT_TRUE((*queries)[2].attributes->empty());
}

TEST_F(QueryFile, ATableHasTheSameWithoutGrades) {
  const auto queries = read("id,query,colour,object\r\n1,\"black, big dog\",black,dog;puppy\r\n2,run,,", "queries.csv");
  ASSERT_TRUE(queries) << queries.error().message();
  EXPECT_EQ((*queries)[0].text, "black, big dog");
  EXPECT_EQ((*queries)[0].attributes,
            (Attributes{{Attribute::kColour, {"black"}}, {Attribute::kObject, {"dog", "puppy"}}}));
  EXPECT_TRUE((*queries)[1].attributes->empty());
  EXPECT_FALSE(read("id,query\n1,red car\n", "queries.csv")->front().attributes.has_value());
}

TEST_F(QueryFile, LinesAreQueriesThatGoByTheirWords) {
  const auto queries = read("black dog\r\n\n  two cats \nblack dog\n", "queries.txt");
  ASSERT_TRUE(queries) << queries.error().message();
  ASSERT_EQ(queries->size(), 2u);
  EXPECT_EQ((*queries)[1].id, "two cats");
  EXPECT_EQ((*queries)[1].text, "two cats");
  EXPECT_FALSE((*queries)[1].attributes.has_value());
  EXPECT_NE(refusal("\n \n", "queries.txt").find("no query is in it"), std::string::npos);
}

TEST_F(QueryFile, RefusesWhatIsBrokenAndSaysWhere) {
  EXPECT_NE(refusal("[1]").find("the list 'queries'"), std::string::npos);
  EXPECT_NE(refusal("{\"queries\": []}").find("no query is in it"), std::string::npos);
  EXPECT_NE(refusal("{\"queries\"").find("the list 'queries'"), std::string::npos);
  const auto one = [&](const char* query) { return refusal("{\"queries\":[" + std::string(query) + "]}"); };
  EXPECT_NE(one("5").find("query 1: expected an object"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a"})").find("expected 'query', a text"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":" "})").find("no words"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":"b","attributes":{"color":"red"}})").find("unknown attribute 'color'"),
            std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":"b","attributes":{"colour":[1]}})").find("'colour': expected"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":"b","relevant":{"c":1.5}})").find("expected a grade"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":"b","relevant":{"c":101}})").find("expected a grade"), std::string::npos);
  EXPECT_NE(one(R"({"id":"a","query":"b"},{"id":"a","query":"c"})").find("'a' is there twice"), std::string::npos);
  EXPECT_NE(refusal("id,words\n1,2\n", "queries.csv").find("columns id and query"), std::string::npos);
  EXPECT_NE(refusal("id,query\n1\n", "queries.csv").find("record 1: expected 2 fields"), std::string::npos);
  EXPECT_NE(refusal("id,query,size\n1,2,3\n", "queries.csv").find("unknown attribute 'size'"), std::string::npos);
}

TEST(Ask, JudgmentsGoBeforeTheFilesGrades) {
  const std::vector<StatedQuery> queries = {{.id = "cats", .text = "two cats", .grades = {{"a b.jpg", 1}}},
                                            {.id = "2", .text = "red car", .grades = {{"c.jpg", 1}, {"gone.jpg", 2}}},
                                            {.id = "3", .text = "lawn"}};
  const auto truth =
      ask(queries, {"a b.jpg", "c.jpg"}, {{"two%20cats", {{"a%20b.jpg", 0}, {"c.jpg", 3}}}, {"other", {{"c.jpg", 1}}}});
  EXPECT_EQ(truth.form, TruthForm::kQueries);
  ASSERT_EQ(truth.texts.size(), 3u);
  EXPECT_EQ(truth.texts[0].pictures, (std::vector<std::size_t>{1}));  // grade 0 is not right
  EXPECT_EQ(truth.texts[0].grades, (std::vector<int>{3}));
  EXPECT_EQ(truth.texts[0].wrong, (std::vector<std::size_t>{0}));
  EXPECT_EQ(truth.texts[1].pictures, (std::vector<std::size_t>{1}));
  EXPECT_TRUE(truth.texts[2].pictures.empty());
  EXPECT_EQ(truth.broken, 1u);
  EXPECT_NE(truth.remarks.at(0).find("gone.jpg"), std::string::npos);
}

}  // namespace
}  // namespace glimpse::evaluate
