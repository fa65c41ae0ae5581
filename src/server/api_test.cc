// Each route over a real socket: the answers of api/openapi.yaml, their limits, and that the description is complete.

#include "server/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/failure.h"
#include "server/page.h"
#include "server/testing.h"

namespace glimpse::server {
namespace {

using testing::HasSubstr;
using testing::Not;

struct ApiTest : testing::Test {
  TestServer server;
};

TEST_F(ApiTest, ReferenceSearchAnswersFiveNames) {
  for (int i = 0; i < 4; ++i) server.backend.write("more" + std::to_string(i) + ".jpg", "x");
  const Answer answer = server.post("/search/images", R"({"query":"black dog"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"images":["dogs/black dog.jpg","dogs/ümlaut.jpg","cat.png","big.jpg","more0.jpg"]})");
  EXPECT_EQ(server.backend.last.text, "black dog");
}

TEST_F(ApiTest, ReferenceImageServesTheFileByName) {
  EXPECT_EQ(server.get("/images/dogs/black%20dog.jpg").body, MemoryBackend::jpeg(600));
  EXPECT_EQ(server.get("/images/dogs%2Fblack%20dog.jpg").body, MemoryBackend::jpeg(600));
  EXPECT_EQ(server.get("/images/dogs/%C3%BCmlaut.jpg").body, MemoryBackend::jpeg(700));
  EXPECT_EQ(server.get("/images/none.jpg").status, 404);
  EXPECT_EQ(server.get("/images/").status, 404);
  EXPECT_EQ(server.get("/images/%zz").status, 400);
}

TEST_F(ApiTest, SearchAnswersTheDocumentedShape) {
  const Answer answer = server.get("/api/v1/search?q=black+d%6fg&limit=1&offset=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(
      answer.body,
      R"({"query":"black dog","results":[{"id":2,"path":")" + (server.backend.root() / "dogs/ümlaut.jpg").string() +
          R"(","name":"dogs/ümlaut.jpg","score":0.5,"width":40,"height":30,)"
          R"("thumbnail_url":"/api/v1/pictures/2/thumbnail","file_url":"/api/v1/pictures/2/file",)"
          R"("format":"jpeg","size_bytes":600,"modified_at":"2023-06-01T12:00:00.250Z"}],)"
          R"("total":4,"limit":1,"offset":1,"model":"test-model","generation":3,"encode_ms":1.5,"search_ms":0.25})");
}

TEST_F(ApiTest, SearchByPictureAndByBody) {
  EXPECT_EQ(server.get("/api/v1/search?like=2").status, 200);
  EXPECT_EQ(server.backend.last.like, 2);
  EXPECT_EQ(server.get("/api/v1/search?like=99").status, 404);
  EXPECT_EQ(server.post("/api/v1/search", R"({"query":"cat","limit":7,"offset":3})").status, 200);
  EXPECT_EQ(server.backend.last.text, "cat");
  EXPECT_EQ(server.backend.last.limit, 7);
  EXPECT_EQ(server.backend.last.offset, 3);
  EXPECT_EQ(server.post("/api/v1/search", R"({"like":1})", "application/json; charset=utf-8").status, 200);
  EXPECT_EQ(server.post("/api/v1/search", R"({"like":1,"limit":24.0})").status, 200) << "24.0 is the integer 24";
}

TEST_F(ApiTest, CaptionsAreSearchedAndShownWhereThereAreSome) {
  for (const char* query : {"?q=dog", "?q=dog&in=pictures", "?like=1&in=pictures"}) {
    EXPECT_EQ(server.get(std::string("/api/v1/search") + query).status, 200);
    EXPECT_EQ(server.backend.last.in, SearchIn::kPictures) << query;
  }
  const Answer answer = server.get("/api/v1/search?q=dog&in=captions&limit=2");
  EXPECT_EQ(server.backend.last.in, SearchIn::kCaptions);
  EXPECT_EQ(server.backend.last.text, "dog");
  EXPECT_THAT(answer.body, HasSubstr(R"("file_url":"/api/v1/pictures/1/file","caption":"a black dog","format")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("file_url":"/api/v1/pictures/2/file","format")"));
  EXPECT_THAT(server.get("/api/v1/pictures/1").body, HasSubstr(R"("caption":"a black dog")"));
  EXPECT_EQ(server.post("/api/v1/search", R"({"query":"cat","in":"captions"})").status, 200);
  EXPECT_EQ(server.backend.last.in, SearchIn::kCaptions);
  EXPECT_THAT(server.get("/api/v1/status").body, HasSubstr(R"("captioned":1)"));
}

TEST_F(ApiTest, SearchRefusesWhatIsOutsideItsLimits) {
  const std::vector<std::pair<std::string, int>> bodies = {
      {R"({})", 422},
      {R"({"query":"a","like":1})", 422},
      {R"({"query":""})", 422},
      {R"({"query":" \t\n"})", 422},
      {R"({"query":7})", 422},
      {R"({"query":"a","limit":0})", 422},
      {R"({"query":"a","limit":1001})", 422},
      {R"({"query":"a","limit":1.5})", 422},
      {R"({"query":"a","limit":"9"})", 422},
      {R"({"query":"a","limit":99999999999999999999})", 422},
      {R"({"query":"a","offset":-1})", 422},
      {R"({"query":"a","offset":1e300})", 422},
      {R"({"like":0})", 422},
      {R"({"like":18446744073709551615})", 422},
      {R"({"query":"a","colour":"red"})", 422},
      {R"({"query":"a","in":"names"})", 422},
      {R"({"query":"a","in":1})", 422},
      {R"({"like":1,"in":"captions"})", 422},
      {R"({"query":"a","sort":"size"})", 422},
      {R"({"query":"a","filter":[]})", 422},
      {R"({"query":"a","filter":{"colour":"red"}})", 422},
      {R"({"query":"a","filter":{"folder":"trips"}})", 422},
      {R"({"query":"a","filter":{"folder":[]}})", 422},
      {R"({"query":"a","filter":{"folder":[1]}})", 422},
      {R"({"query":"a","filter":{"after":"2023-02-30"}})", 422},
      {R"({"query":"a","filter":{"min_width":"300"}})", 422},
      {R"({"query":"a","filter":{"min_width":-1}})", 422},
      {R"({"query":"a","filter":{"captioned":"yes"}})", 422},
      {R"([1])", 422},
      {R"("a")", 422},
      {R"({"query":"a")", 400},
      {R"({"query":"a"}})", 400},
      {"", 400},
      {"{\"query\":\"\xFF\"}", 400},
      {"{\"query\":\"" + std::string(4097, 'a') + "\"}", 422},
      {"{\"query\":" + std::string(33, '[') + std::string(33, ']') + "}", 400},
      {"{\"query\":" + std::string(100'000, '[') + "}", 400},
  };
  for (const auto& [body, status] : bodies) {
    const Answer answer = server.post("/api/v1/search", body);
    EXPECT_EQ(answer.status, status) << body.substr(0, 60);
    EXPECT_THAT(answer.body, HasSubstr(R"({"error":{"code":")")) << body.substr(0, 60);
  }
  EXPECT_EQ(server.backend.calls, 0);
  EXPECT_EQ(server.post("/api/v1/search", "{\"query\":\"" + std::string(4096, 'a') + "\"}").status, 200);
  const std::string nested = std::string(31, '[') + std::string(31, ']');
  EXPECT_EQ(server.post("/search/images", "{\"query\":\"a\",\"x\":" + nested + "}").status, 200);
  EXPECT_THAT(server.get("/api/v1/search?q=a&limit=1001").body, HasSubstr("1 to 1000"));
}

TEST_F(ApiTest, SearchQueryRefusals) {
  const std::vector<std::pair<std::string, int>> queries = {
      {"", 422},
      {"?q=", 422},
      {"?q=a&like=1", 422},
      {"?like=x", 422},
      {"?like=-1", 422},
      {"?like=%2B1", 422},
      {"?q=a&q=b", 400},
      {"?q=%", 400},
      {"?q=%f", 400},
      {"?q=%00", 400},
      {"?q=%ff", 400},
      {"?q=%C0%AF", 400},
      {"?q=a&limit=", 422},
      {"?q=a&limit=1e2", 422},
      {"?q=a&offset=1000001", 422},
      {"?q=a&in=", 422},
      {"?q=a&in=names", 422},
      {"?in=captions", 422},
      {"?like=1&in=captions", 422},
      {"?q=a&sort=", 422},
      {"?q=a&after=june", 422},
      {"?q=a&after=2023&after=2024", 400},
      {"?q=a&near=91,0", 422},
      {"?q=a&format=raw", 422},
      {"?q=a&folder=", 422},
  };
  for (const auto& [query, status] : queries) EXPECT_EQ(server.get("/api/v1/search" + query).status, status) << query;
  EXPECT_EQ(server.backend.calls, 0);
}

TEST_F(ApiTest, FiltersReachTheBackendFromEveryRoute) {
  const filter::Filter expected{.folders = {"trips/2023", "a,b"},
                                .from_ms = 1685577600000,
                                .cameras = {"canon"},
                                .formats = {"jpeg"},
                                .min_width = 300,
                                .near = filter::Near{48.2, 16.4, 25},
                                .captioned = true};
  const std::string query =
      "folder=trips/2023&folder=a%2Cb&after=2023-06-01&camera=canon&format=jpeg&min_width=300&near=48.2,16.4,25km&"
      "captioned=yes&sort=date";
  const auto expect_it = [&](const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(server.backend.last.filter, expected);
    EXPECT_EQ(server.backend.last.sort, Sort::kDate);
    server.backend.last = {};
  };
  expect_it(server.get("/api/v1/search?q=dog&" + query));
  expect_it(server.get("/api/v1/search?like=1&" + query));
  expect_it(server.get("/api/v1/pictures?" + query));
  expect_it(server.post("/api/v1/search/image?" + query, MemoryBackend::jpeg(5000), "image/jpeg"));
  expect_it(server.post("/api/v1/search", R"({"query":"dog","sort":"date","filter":{"folder":["trips/2023","a,b"],)"
                                          R"("after":"2023-06-01","camera":["canon"],"format":["jpeg"],)"
                                          R"("min_width":300.0,"near":"48.2,16.4,25km","captioned":true}})"));
  server.get("/api/v1/search?q=dog");
  EXPECT_TRUE(server.backend.last.filter.empty());
  std::string many = "shape=square";
  for (int i = 0; i < 64; ++i) many += "&shape=square";
  EXPECT_EQ(server.get("/api/v1/pictures?" + many).status, 422);
  EXPECT_THAT(server.get("/api/v1/pictures?after=june").body, HasSubstr("after: expected a date such as 2023"));
  EXPECT_THAT(server.post("/api/v1/search", R"({"query":"a","filter":{"min_width":"3"}})").body,
              HasSubstr("filter: min_width: expected a whole number"));
}

TEST_F(ApiTest, PicturesSayWhatTheirFilesSay) {
  const std::string one = server.get("/api/v1/pictures/1").body;
  EXPECT_THAT(one, HasSubstr(R"("format":"jpeg","size_bytes":600,"modified_at":"2023-06-01T12:00:00.250Z",)"
                             R"("taken_at":"1969-12-31T23:59:59.999Z","camera":"Canon EOS 5D","latitude":48.2085,)"
                             R"("longitude":-16.3721)"));
  const std::string other = server.get("/api/v1/pictures/2").body;
  for (const char* field : {"taken_at", "camera", "lens", "latitude"}) EXPECT_EQ(other.find(field), std::string::npos);
}

TEST_F(ApiTest, Facets) {
  EXPECT_EQ(server.get("/api/v1/facets").body,
            R"({"pictures":4,"months":[{"value":"2023-06","pictures":3},{"value":"2022-12","pictures":1}],)"
            R"("cameras":[{"value":"Canon EOS 5D","pictures":1}],"lenses":[],)"
            R"("formats":[{"value":"jpeg","pictures":3},{"value":"png","pictures":1}],)"
            R"("folders":[{"value":"pictures","pictures":4},{"value":"pictures/dogs","pictures":2}],)"
            R"("placed":1,"captioned":1})");
}

TEST_F(ApiTest, SearchByUpload) {
  EXPECT_EQ(server.post("/api/v1/search/image?limit=2", MemoryBackend::jpeg(5000), "image/jpeg").status, 200);
  EXPECT_EQ(server.backend.last.image.size(), 5000U);
  EXPECT_EQ(server.backend.last.limit, 2);
  EXPECT_EQ(server.post("/api/v1/search/image", "text", "image/png").status, 422) << "our client's bytes are wrong";
  EXPECT_EQ(server.post("/api/v1/search/image", "", "image/png").status, 422);
  EXPECT_EQ(server.post("/api/v1/search/image", "x", "text/plain").status, 415);
  EXPECT_EQ(server.post("/api/v1/search/image", "x", "image/png", "Content-Encoding: gzip\r\n").status, 415);
  EXPECT_EQ(server.post("/api/v1/search/image?limit=0", "\xFF", "image/png").status, 422);
}

TEST_F(ApiTest, UploadInChunks) {
  const Answer answer = server.raw(
      "POST /api/v1/search/image HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\n\xFF\xD8\xFF\r\n2;ext=1\r\nab\r\n0\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(server.backend.last.image.size(), 5U);
}

TEST_F(ApiTest, BrowseAndOnePicture) {
  EXPECT_THAT(server.get("/api/v1/pictures?limit=1").body, HasSubstr(R"("score":0.0)"));
  EXPECT_THAT(server.get("/api/v1/pictures/3").body, HasSubstr(R"("name":"cat.png")"));
  EXPECT_EQ(server.get("/api/v1/pictures/99").status, 404);
  EXPECT_EQ(server.get("/api/v1/pictures/0").status, 422);
  EXPECT_EQ(server.get("/api/v1/pictures/abc").status, 422);
  EXPECT_EQ(server.get("/api/v1/pictures/9223372036854775808").status, 422);
  EXPECT_EQ(server.get("/api/v1/pictures/").status, 404);
}

TEST_F(ApiTest, ThumbnailSizesAndCaching) {
  const Answer first = server.get("/api/v1/pictures/1/thumbnail");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("content-type"), "image/jpeg");
  EXPECT_THAT(first.header("cache-control"), HasSubstr("private, max-age="));
  EXPECT_EQ(first.body.size(), 320U);
  const Answer again = server.get("/api/v1/pictures/1/thumbnail", "If-None-Match: " + first.header("etag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("etag"), first.header("etag"));
  for (const auto& [asked, served] : {std::pair{1, 160}, {160, 160}, {161, 320}, {641, 1280}, {9999, 1280}}) {
    EXPECT_EQ(server.get("/api/v1/pictures/1/thumbnail?size=" + std::to_string(asked)).status, 200);
    EXPECT_EQ(server.backend.last_size, served) << asked;
  }
  for (const char* wrong : {"0", "-1", "x", "10001"}) {
    EXPECT_EQ(server.get(std::string("/api/v1/pictures/1/thumbnail?size=") + wrong).status, 422) << wrong;
  }
  EXPECT_EQ(server.get("/api/v1/pictures/99/thumbnail").status, 404);
}

TEST_F(ApiTest, FileWithEtagRangeAndHead) {
  const Answer whole = server.get("/api/v1/pictures/4/file");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, MemoryBackend::jpeg(3 << 20)) << "sent in pieces";
  EXPECT_EQ(whole.header("content-type"), "image/jpeg");
  EXPECT_EQ(whole.header("accept-ranges"), "bytes");
  EXPECT_THAT(whole.header("content-disposition"), HasSubstr("inline; filename=\"big.jpg\""));
  EXPECT_THAT(whole.header("content-security-policy"), HasSubstr("sandbox"));

  const Answer part = server.get("/api/v1/pictures/4/file", "Range: bytes=1000-1009\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("content-range"), "bytes 1000-1009/3145728");
  EXPECT_EQ(part.body, whole.body.substr(1000, 10));
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=-4\r\n").body, whole.body.substr((3 << 20) - 4));
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=3145720-\r\n").body.size(), 8U);
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=0-0,5-6\r\n").status, 200) << "one range only";
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=5-4\r\n").status, 200);
  const Answer beyond = server.get("/api/v1/pictures/4/file", "Range: bytes=3145728-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */3145728");

  const std::string etag = whole.header("etag");
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "If-None-Match: \"x\", W/" + etag + "\r\n").status, 304);
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "If-None-Match: \"x\"\r\n").status, 200);
  const std::string date = whole.header("last-modified");
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "If-Modified-Since: " + date + "\r\n").status, 304);
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=0-9\r\nIf-Range: \"old\"\r\n").status, 200);
  EXPECT_EQ(server.get("/api/v1/pictures/4/file", "Range: bytes=0-9\r\nIf-Range: " + etag + "\r\n").status, 206);

  const Answer head = server.raw("HEAD /api/v1/pictures/4/file HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "3145728");
}

TEST_F(ApiTest, FileNamesCannotBreakOutOfTheHeader) {
  server.backend.write("a\"; x=\r\nSet-Cookie: b.jpg", "x");
  const Answer answer = server.get("/api/v1/pictures/5/file");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("set-cookie"), "");
  EXPECT_THAT(answer.header("content-disposition"), HasSubstr("filename=\"a_; x=__Set-Cookie: b.jpg\""));
}

TEST(ResponseHeadTest, DropsControlBytesFromValues) {
  Response response;
  response.headers.add("X", "a\r\nSet-Cookie: b\x7F");
  EXPECT_THAT(response_head(response, true), HasSubstr("\r\nX: aSet-Cookie: b\r\n"));
}

TEST_F(ApiTest, OnlyPlainPicturesAreShownInline) {
  server.backend.media_type = "image/svg+xml";
  const Answer answer = server.get("/api/v1/pictures/1/file");
  EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
  EXPECT_THAT(answer.header("content-disposition"), HasSubstr("attachment"));
}

TEST_F(ApiTest, AFileThatIsGoneOrALinkOutOfTheRootIsNotFound) {
  std::filesystem::remove(server.backend.root() / "cat.png");
  EXPECT_EQ(server.get("/api/v1/pictures/3/file").status, 404);
  std::filesystem::create_symlink(server.backend.root() / "../secret.txt", server.backend.root() / "cat.png");
  EXPECT_EQ(server.get("/api/v1/pictures/3/file").status, 404);
  std::filesystem::remove(server.backend.root() / "cat.png");
  std::filesystem::create_symlink("big.jpg", server.backend.root() / "cat.png");
  EXPECT_EQ(server.get("/api/v1/pictures/3/file").status, 200) << "a link that stays inside is fine";
  std::filesystem::remove(server.backend.root() / "cat.png");
  std::filesystem::create_directory(server.backend.root() / "cat.png");
  EXPECT_EQ(server.get("/api/v1/pictures/3/file").status, 404);
}

TEST_F(ApiTest, StatusHealthAndProbes) {
  EXPECT_EQ(
      server.get("/api/v1/status").body,
      R"({"version":"0.1.0","ready":true,"pictures":4,"failed":1,"captioned":1,"model":"test-model","dimension":512,"generation":3,"roots":[")" +
          server.backend.root().string() + R"("],"folders":[{"path":")" + server.backend.root().string() +
          R"(","state":"offline","offline_since":"2026-11-26T13:05:50Z","offline_reason":"gone","pictures":4,)" +
          R"("scanned_at":null,"watched":true}],"model_loaded":true,"judging":true,"building":{"model":"next-model","generation":4,"vectors":2,)"
          R"("pictures":4,"running":true,"pictures_per_second":12.5,"seconds_left":0.2}})");
  EXPECT_NE(server.get("/metrics").body.find("\nglimpse_model_loaded 1\n"), std::string::npos);
  EXPECT_EQ(server.get("/api/v1/health").body, R"({"status":"ok"})");
  for (const char* probe : {"/healthz", "/livez", "/readyz"}) EXPECT_EQ(server.get(probe).status, 200) << probe;
  server.backend.is_ready = false;
  EXPECT_EQ(server.get("/readyz").status, 503);
  EXPECT_EQ(server.get("/api/v1/health").status, 503);
  EXPECT_EQ(server.get("/livez").status, 200);
  for (const char* near : {"/readyz/", "/readyz/x", "/READYZ", "/%72eadyz", "//readyz"}) {
    EXPECT_EQ(server.get(near).status, 404) << near;
  }
}

TEST_F(ApiTest, MetricsCountRoutesStepsAndPictures) {
  server.get("/api/v1/search?q=a");
  server.get("/nowhere");
  const Answer answer = server.get("/metrics");
  EXPECT_THAT(answer.header("content-type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer.body,
              HasSubstr(R"(glimpse_http_requests_total{route="/api/v1/search",method="GET",status="200"} 1)"));
  EXPECT_THAT(answer.body, HasSubstr(R"(glimpse_http_requests_total{route="unmatched",method="GET",status="404"} 1)"));
  EXPECT_THAT(answer.body, HasSubstr(R"(glimpse_search_step_duration_seconds_bucket{step="encode",le="0.001"} 0)"));
  EXPECT_THAT(answer.body, HasSubstr(R"(glimpse_search_step_duration_seconds_bucket{step="encode",le="0.002"} 1)"));
  EXPECT_THAT(answer.body, HasSubstr(R"(glimpse_search_step_duration_seconds_count{step="total"} 1)"));
  EXPECT_THAT(answer.body, HasSubstr("\nglimpse_pictures 4\n"));
}

TEST_F(ApiTest, PageAndItsPolicy) {
  const Answer page = server.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.header("content-type"), HasSubstr("text/html"));
  EXPECT_THAT(page.header("content-security-policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
  EXPECT_EQ(server.get("/", "If-None-Match: " + page.header("etag") + "\r\n").status, 304);
}

TEST(PageTest, EveryAssetIsServedWithItsTypeAndTag) {
  TestServer server;
  for (const Asset& asset : embedded_assets()) {
    const Answer answer = server.get(std::string(asset.path));
    EXPECT_EQ(answer.body, asset.bytes) << asset.path;
    EXPECT_EQ(answer.header("content-type"), asset.media_type);
    EXPECT_EQ(asset.media_type.find("text/") == 0, asset.media_type.ends_with("; charset=utf-8"));
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(server.get(std::string(asset.path), "If-None-Match: " + std::string(asset.etag) + "\r\n").status, 304);
  }
}

TEST_F(ApiTest, UnknownRoutesMethodsAndOptions) {
  EXPECT_EQ(server.get("/api/v2/search").status, 404);
  EXPECT_THAT(server.get("/x").body, HasSubstr(R"("code":"not_found")"));
  const Answer wrong = server.raw("DELETE /api/v1/search HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(server.raw("BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405);
  const Answer options = server.raw("OPTIONS /search/images HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("allow"), "POST, OPTIONS");
}

TEST_F(ApiTest, EveryErrorCodeHasItsStatus) {
  const std::vector<std::pair<Error, int>> table = {
      {Error::invalid_argument("m"), 422},   {Error::not_found("m"), 404},         {Error::already_exists("m"), 409},
      {Error::corruption("m"), 500},         {Error::unsupported("m"), 415},       {Error::io("m"), 500},
      {Error::resource_exhausted("m"), 503}, {Error::deadline_exceeded("m"), 504}, {Error::cancelled("m"), 503},
      {Error::unavailable("m"), 503},        {Error::internal("m"), 500},
  };
  for (const auto& [error, status] : table) {
    server.backend.next_error = error;
    const Answer answer = server.get("/api/v1/search?q=a");
    EXPECT_EQ(answer.status, status) << name_of(error.code());
    EXPECT_EQ(answer.body, fmt::format(R"({{"error":{{"code":"{}","message":"m"}}}})", name_of(error.code())));
    EXPECT_EQ(answer.header("retry-after"), status == 503 ? "1" : "");
  }
  server.backend.next_error = Error::resource_exhausted("100 megapixels");
  EXPECT_EQ(server.post("/api/v1/search/image", "\xFF", "image/png").status, 413);
}

TEST_F(ApiTest, AnExceptionBelowBecomesA500) {
  const Answer answer = server.get("/api/v1/search?q=throw");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("boom"));
  EXPECT_EQ(server.get("/healthz").status, 200);
}

// --- the description -------------------------------------------------------------------------------------------------

/// "METHOD /path" of every operation in openapi.yaml. Relies on the file's own indentation: paths two spaces deep,
/// methods four.
std::set<std::string> described_operations(std::string_view yaml) {
  std::set<std::string> operations;
  std::string path;
  bool in_paths = false;
  while (!yaml.empty()) {
    const std::size_t end = std::min(yaml.find('\n'), yaml.size() - 1);
    const std::string line(yaml.substr(0, end));
    yaml.remove_prefix(end + 1);
    if (!line.empty() && line[0] != ' ' && line[0] != '#') in_paths = line == "paths:";
    if (!in_paths || line.size() < 4 || line.back() != ':') continue;
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    if (line.starts_with("    ") && line[4] != ' ') {
      const std::string method = line.substr(4, line.size() - 5);
      if (method == "get") operations.insert("GET " + path);
      if (method == "post") operations.insert("POST " + path);
      if (method == "delete") operations.insert("DELETE " + path);
    }
  }
  return operations;
}

TEST(OpenApiTest, DescribesExactlyTheRoutes) {
  MemoryBackend backend;
  Metrics metrics;
  Router router;
  add_api_routes(router, {backend, metrics, [] { return false; }});
  std::set<std::string> served = {"GET /openapi.yaml"};
  for (const Route& route : router.routes()) {
    std::string path = route.pattern;
    std::erase(path, '*');
    served.insert(route.method + " " + path);
  }
  const Asset& description = embedded_assets().front();
  ASSERT_EQ(description.path, "/openapi.yaml");
  EXPECT_EQ(described_operations(description.bytes), served);
}

TEST(OpenApiTest, NamesEveryErrorCode) {
  const std::string_view yaml = embedded_assets().front().bytes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    EXPECT_THAT(std::string(yaml), HasSubstr(fmt::format("- {}\n", name_of(static_cast<ErrorCode>(i)))));
  }
}

TEST(OpenApiTest, IsServed) {
  TestServer server;
  const Answer answer = server.get("/openapi.yaml");
  EXPECT_EQ(answer.header("content-type"), "application/yaml");
  EXPECT_EQ(answer.body, embedded_assets().front().bytes);
}

TEST(PageTest, AssetsAndTheirCaching) {
  static constexpr Asset kAssets[] = {{"/index.html", "text/html", "\"i\"", "<html>"},
                                      {"/assets/index-DiwrgTda.js", "text/javascript", "\"j\"", "1"}};
  Router router;
  add_page_routes(router, kAssets);
  const auto ask = [&](const std::string& path) {
    Request request;
    request.method = "GET";
    request.path = path;
    const Router::Match match = router.find(request);
    return match.route == nullptr ? failure(404, "not_found", "") : match.route->handler(request);
  };
  EXPECT_EQ(std::get<StaticBytes>(ask("/").body).bytes, "<html>");
  EXPECT_EQ(ask("/").headers.get("Cache-Control"), "no-cache");
  EXPECT_THAT(std::string(ask("/assets/index-DiwrgTda.js").headers.get("Cache-Control")), HasSubstr("immutable"));
  EXPECT_EQ(ask("/assets/none.js").status, 404);
  EXPECT_FALSE(has_hashed_name("/favicon-12345678.ico"));
  EXPECT_FALSE(has_hashed_name("/assets/logo.svg"));
  EXPECT_FALSE(has_hashed_name("/assets/a-b.svg"));
  EXPECT_FALSE(has_hashed_name("/assets/my-template.svg"));
  EXPECT_TRUE(has_hashed_name("/assets/index-B-x3_Z12.js")) << "base64url has '-' and '_'";
}

}  // namespace
}  // namespace glimpse::server
