// The routes of judgments over a real socket: what they take, what they refuse, who may write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/testing.h"

namespace glimpse::server {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

const std::string kJudgments = "/api/v1/judgments";

struct JudgmentRoutes : testing::Test {
  TestServer server;

  Answer post(const std::string& body, const std::string& fields = "") const {
    return server.post(kJudgments, body, "application/json", fields);
  }
  Answer erase(const std::string& query, const std::string& fields = "") const {
    return server.raw("DELETE " + kJudgments + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
  }
  Json listed(const std::string& query = "") const { return Json::parse(server.get(kJudgments + query).body); }
};

TEST_F(JudgmentRoutes, StoresListsAndTakesBack) {
  const Answer stored = post(R"({"query":"Black dog","picture":1,"grade":2,"judge":"ada","rank":4,"generation":3})");
  ASSERT_EQ(stored.status, 200) << stored.body;
  const Json judgment = Json::parse(stored.body);
  EXPECT_EQ(judgment.at("query"), "Black dog");
  EXPECT_EQ(judgment.at("grade"), 2);
  EXPECT_EQ(judgment.at("judge"), "ada");
  EXPECT_EQ(judgment.at("rank"), 4);
  EXPECT_EQ(judgment.at("pictures").at(0).at("id"), 1);
  EXPECT_EQ(judgment.at("judged_at"), "2023-06-01T12:00:00.250Z");
  EXPECT_EQ(post(R"({"query":"Black dog","picture":2,"grade":0})").status, 200);
  EXPECT_EQ(listed().at("total"), 2);
  EXPECT_EQ(listed("?q=Black+dog&judge=ada").at("judgments").size(), 1u);
  EXPECT_EQ(listed("?judge=").at("judgments").at(0).at("grade"), 0) << "those without a name";
  EXPECT_EQ(listed("?limit=1&offset=1").at("judgments").size(), 1u);
  EXPECT_EQ(listed("?q=cat").at("total"), 0);
  const Answer gone = erase("?q=Black+dog&picture=1&judge=ada");
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.body, "");
  EXPECT_EQ(erase("?q=Black+dog&picture=1&judge=ada").status, 404);
  EXPECT_EQ(listed().at("total"), 1);
}

TEST_F(JudgmentRoutes, RefusesWhatIsNoJudgment) {
  struct Case {
    std::string body;
    int status;
    std::string said;
  };
  const std::string long_query(5000, 'a'), long_judge(101, 'a');
  const Case cases[] = {
      {R"({"query":"dog","picture":1,"grade":7})", 422, "grade: expected a whole number from 0 to 3, got 7"},
      {R"({"query":"dog","picture":1,"grade":-1})", 422, "grade: expected a whole number from 0 to 3, got -1"},
      {R"({"query":"dog","picture":1,"grade":"2"})", 422, "grade: expected a whole number"},
      {R"({"query":"dog","picture":1,"grade":1.5})", 422, "grade: expected a whole number"},
      {R"({"query":"dog","picture":1,"grade":1e300})", 422, "grade: expected a whole number"},
      {R"({"query":"dog","picture":99,"grade":1})", 404, "no picture with id 99"},
      {R"({"query":"dog","picture":0,"grade":1})", 422, "picture: expected a whole number from 1"},
      {R"({"query":"dog","picture":1})", 422, "grade: missing"},
      {R"({"query":"dog","grade":1})", 422, "picture: missing"},
      {R"({"picture":1,"grade":1})", 422, "query: missing"},
      {R"({"query":" \t","picture":1,"grade":1})", 422, "query: must not be empty"},
      {R"({"query":7,"picture":1,"grade":1})", 422, "query: expected a string, got 7"},
      {R"({"query":")" + long_query + R"(","picture":1,"grade":1})", 422, "query: at most 4096 bytes, got 5000"},
      {R"({"query":"dog","picture":1,"grade":1,"judge":")" + long_judge + R"("})", 422, "judge: expected a name"},
      {R"({"query":"dog","picture":1,"grade":1,"judge":"a\u0007b"})", 422, "judge: expected a name"},
      {R"({"query":"dog","picture":1,"grade":1,"rank":-1})", 422, "rank: expected"},
      {R"({"query":"dog","picture":1,"grade":1,"note":"x"})", 422, "unknown field"},
      {"{\"query\":\"\xff\",\"picture\":1,\"grade\":1}", 400, "not valid JSON"},
      {"", 400, ""},
      {"[]", 422, "must be a JSON object"},
      {std::string(100, '['), 400, "nested deeper"},
  };
  for (const Case& one : cases) {
    const Answer answer = post(one.body);
    EXPECT_EQ(answer.status, one.status) << one.body.substr(0, 80) << ": " << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(one.said));
  }
  EXPECT_EQ(listed().at("total"), 0);
  EXPECT_EQ(post(R"({"query":")" + std::string(10 << 20, 'a') + R"("})").status, 413);
  EXPECT_EQ(server.post(kJudgments, R"({"query":"dog","picture":1,"grade":1})", "text/plain").status, 415);
}

TEST_F(JudgmentRoutes, RefusesQueryStringsThatMakeNoSense) {
  for (const char* query : {"", "?q=dog", "?picture=1", "?q=dog&picture=x", "?q=dog&picture=0", "?q=&picture=1",
                            "?q=dog&picture=1&judge=%07"}) {
    EXPECT_EQ(erase(query).status, 422) << query;
  }
  for (const char* query : {"?q=", "?limit=0", "?limit=1001", "?offset=-1", "?judge=%0A"}) {
    EXPECT_EQ(server.get(kJudgments + query).status, 422) << query;
  }
  EXPECT_EQ(server.get(kJudgments + "?q=%ff").status, 400);
  EXPECT_EQ(server.get(kJudgments + "?q=dog&q=cat").status, 400);
}

TEST_F(JudgmentRoutes, AnotherSitesPageMayNotWrite) {
  const std::string body = R"({"query":"dog","picture":1,"grade":1})";
  EXPECT_EQ(post(body, "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(erase("?q=dog&picture=1", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(server
                .raw("POST " + kJudgments +
                     " HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\n"
                     "Content-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body)
                .status,
            421);
  EXPECT_TRUE(server.backend.judged.empty());
  EXPECT_EQ(post(body, "Origin: http://localhost\r\n").status, 200);
}

TEST_F(JudgmentRoutes, AnotherOriginMayWhenItWasAllowed) {
  TestServer open(ServerOptions{.cors_origins = {"http://notes.example"}});
  const Answer asked = open.raw("OPTIONS " + kJudgments +
                                " HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                                "http://notes.example\r\nAccess-Control-Request-Method: DELETE\r\n\r\n");
  EXPECT_EQ(asked.status, 204);
  EXPECT_THAT(asked.header("access-control-allow-methods"), HasSubstr("DELETE"));
}

TEST_F(JudgmentRoutes, TheKeyIsAskedFor) {
  TestServer locked(ServerOptions{.api_key = "secret"});
  EXPECT_EQ(locked.get(kJudgments).status, 401);
  EXPECT_EQ(locked.post(kJudgments, R"({"query":"dog","picture":1,"grade":1})").status, 401);
  EXPECT_EQ(locked.get(kJudgments + ".qrels", "X-Api-Key: secret\r\n").status, 200);
}

TEST_F(JudgmentRoutes, BusyAndWithoutALibraryAreTold) {
  const std::string body = R"({"query":"dog","picture":1,"grade":1})";
  server.backend.next_error = Error::unavailable("process 7 is writing");
  EXPECT_EQ(post(body).status, 503);
  EXPECT_EQ(post(body).header("retry-after"), "1");
  EXPECT_EQ(erase("?q=dog&picture=1").status, 503);
  server.backend.next_error = Error::unsupported("no library here");
  for (const Answer& answer : {post(body), erase("?q=dog&picture=1"), server.get(kJudgments),
                               server.get(kJudgments + ".qrels"), server.get(kJudgments + ".topics")}) {
    EXPECT_EQ(answer.status, 501);
    EXPECT_EQ(Json::parse(answer.body).at("error").at("code"), "unsupported");
  }
  server.backend.next_error = std::nullopt;
}

TEST_F(JudgmentRoutes, FilesComeAsAttachments) {
  const Answer qrels = server.get(kJudgments + ".qrels");
  EXPECT_EQ(qrels.body, "q1 0 /a.jpg 3\n");
  EXPECT_EQ(qrels.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(qrels.header("content-disposition"), "attachment; filename=\"judgments.qrels\"");
  EXPECT_EQ(qrels.header("cache-control"), "no-store");
  EXPECT_EQ(server.get(kJudgments + ".topics").body, "q1\tblack dog\n");
  EXPECT_EQ(server.get(kJudgments + ".csv").status, 404);
  EXPECT_EQ(server.raw("PUT " + kJudgments + " HTTP/1.1\r\nHost: localhost\r\n\r\n").header("allow"),
            "GET, HEAD, POST, DELETE, OPTIONS");
}

}  // namespace
}  // namespace glimpse::server
