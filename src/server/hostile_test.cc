// What a hostile or broken client may send: each limit, smuggling forms, traversal, foreign hosts and origins, keys.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "server/guard.h"
#include "server/testing.h"

namespace glimpse::server {
namespace {

using testing::HasSubstr;
using testing::Not;

struct HostileTest : testing::Test {
  TestServer server;

  /// Sends bytes; the status, after checking that the server then closes the connection.
  int refused(const std::string& bytes) {
    Client client(server.port());
    client.send(bytes);
    const Answer answer = client.receive();
    EXPECT_TRUE(client.at_end()) << bytes.substr(0, 80);
    if (answer.status != 0) {
      EXPECT_EQ(answer.header("connection"), "close");
      EXPECT_THAT(answer.body, HasSubstr(R"({"error":{"code":)"));
    }
    return answer.status;
  }
};

// --- framing ---------------------------------------------------------------------------------------------------------

TEST_F(HostileTest, MalformedAndSmuggledRequestsAreRefusedAndTheConnectionEnds) {
  const std::string post = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const std::string tail = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";  // must never be answered
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"CL and TE", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + tail},
      {"TE and CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + tail},
      {"two different CL", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + tail},
      {"two equal CL", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + tail},
      {"CL list", post + "Content-Length: 2, 2\r\n\r\n{}" + tail},
      {"negative CL", post + "Content-Length: -1\r\n\r\n" + tail},
      {"signed CL", post + "Content-Length: +2\r\n\r\n{}" + tail},
      {"hexadecimal CL", post + "Content-Length: 0x2\r\n\r\n{}" + tail},
      {"CL beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\n" + tail},
      {"empty CL", post + "Content-Length: \r\n\r\n" + tail},
      {"two TE", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + tail},
      {"TE identity", post + "Transfer-Encoding: identity\r\n\r\n" + tail},
      {"TE gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + tail},
      {"TE chunked, gzip", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + tail},
      {"TE xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + tail},
      {"TE vertical tab", post +
                              "Transfer-Encoding: \x0b"
                              "chunked\r\n\r\n0\r\n\r\n" +
                              tail},
      {"TE in HTTP/1.0",
       "POST /api/v1/search HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + tail},
      {"space before colon", post + "Content-Length : 2\r\n\r\n{}" + tail},
      {"folded line", post + "X: a\r\n b\r\n\r\n" + tail},
      {"folded line with a colon", post + "X: a\r\n b: c\r\n\r\n" + tail},
      {"folded TE", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + tail},
      {"bare LF everywhere", "GET /healthz HTTP/1.1\nHost: localhost\n\n" + tail},
      {"one bare LF", "GET /healthz HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n" + tail},
      {"bare CR", "GET /healthz HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n" + tail},
      {"NUL in a value", std::string("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 50) + tail},
      {"NUL in the target", std::string("GET /health\0z HTTP/1.1\r\nHost: localhost\r\n\r\n", 43) + tail},
      {"no colon", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n" + tail},
      {"empty name", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n" + tail},
      {"space in a name", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nA B: x\r\n\r\n" + tail},
      {"no version", "GET /healthz\r\nHost: localhost\r\n\r\n" + tail},
      {"bad version", "GET /healthz HTTP/1.x\r\nHost: localhost\r\n\r\n" + tail},
      {"two spaces", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + tail},
      {"empty first line", "\r\n\r\n" + tail},
      {"a TLS hello", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03 and more\r\n\r\n"},
      {"negative chunk", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + tail},
      {"chunk size beyond 64 bits", post + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n" + tail},
      {"chunk size not a number", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + tail},
      {"chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n" + tail},
      {"body where none belongs", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello" + tail},
  };
  for (const auto& [name, bytes] : cases) {
    Client client(server.port());
    client.send(bytes);
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 400) << name << ": " << answer.body;
    EXPECT_EQ(answer.header("connection"), "close") << name;
    EXPECT_TRUE(client.at_end()) << name << ": something after the refused request was answered";
  }
  EXPECT_EQ(server.backend.calls, 0);
}

TEST_F(HostileTest, OtherVersionsAndTargets) {
  const std::string host = "Host: localhost\r\n\r\n";
  EXPECT_EQ(server.raw("GET /healthz HTTP/1.0\r\n" + host).status, 200);
  EXPECT_EQ(server.raw("GET /healthz HTTP/1.0\r\n" + host).header("connection"), "close");
  EXPECT_EQ(server.raw("GET /healthz HTTP/2.0\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("GET http://localhost/healthz HTTP/1.1\r\n" + host).status, 200);
  EXPECT_EQ(server.raw("GET http://localhost:3000?x HTTP/1.1\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("GET https://localhost/healthz HTTP/1.1\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("GET healthz HTTP/1.1\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("GET /healthz#x HTTP/1.1\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("CONNECT localhost:80 HTTP/1.1\r\n" + host).status, 400);
  EXPECT_EQ(server.raw("OPTIONS * HTTP/1.1\r\n" + host).status, 400);
}

TEST_F(HostileTest, MutatedRequestsNeitherCrashNorHangTheServer) {
  const std::vector<std::string> seeds = {
      "GET /api/v1/search?q=black%20dog&limit=3 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
      "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n"
      "{\"query\":\"cat\",\"limit\":5,\"offset\":1}",
      "POST /api/v1/search/image HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nTransfer-Encoding: "
      "chunked\r\n"
      "\r\n4\r\n\xFF\xD8\xFF\xE0\r\n0\r\nTrailer: x\r\n\r\n",
      "GET /images/dogs/black%20dog.jpg HTTP/1.1\r\nHost: [::1]:3000\r\nRange: bytes=5-99\r\nIf-None-Match: "
      "\"x\"\r\n\r\n",
      "HEAD http://localhost/api/v1/pictures/1/file HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n\r\n"};
  const std::string interesting = std::string("\r\n \t:;,%/?#&=-+\0\x7f\xff\x80", 19) + "09afAF{}[]\"\\";
  std::mt19937 random(20261124);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = seeds[random() % seeds.size()];
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = interesting[random() % interesting.size()];
          break;
        case 1:
          bytes.insert(at, 1 + random() % 3, interesting[random() % interesting.size()]);
          break;
        case 2:
          bytes.erase(at, 1 + random() % 8);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
          break;
      }
      if (bytes.empty()) bytes = "\r";
    }
    Client client(server.port());
    client.send(bytes);
    client.finish();
    const std::string answers = client.rest();
    EXPECT_TRUE(answers.empty() || answers.starts_with("HTTP/1.1 ")) << bytes;
  }
  EXPECT_EQ(server.get("/healthz").status, 200);
}

// --- sizes -----------------------------------------------------------------------------------------------------------

TEST_F(HostileTest, SizesOfTargetAndHeader) {
  EXPECT_EQ(server.get("/api/v1/search?q=" + std::string(4000, 'a')).status, 200);
  EXPECT_EQ(server.get("/" + std::string(8000, 'a')).status, 404);
  EXPECT_EQ(refused("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), 414);
  EXPECT_EQ(refused("GET /" + std::string(100'000, 'a')), 414) << "refused while it still comes in";
  EXPECT_EQ(server.get("/healthz", "X: " + std::string(15'000, 'a') + "\r\n").status, 200);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(17'000, 'a') + "\r\n\r\n"), 431);
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
  EXPECT_EQ(server.get("/healthz", fields).status, 200);
  EXPECT_EQ(server.get("/healthz", fields + "X: y\r\n").status, 431);
}

TEST_F(HostileTest, SizesOfBodies) {
  const std::string head = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  EXPECT_EQ(refused(head + "Content-Length: 1048577\r\n\r\n"), 413) << "refused on the declared size";
  const std::string chunk = "40000\r\n" + std::string(0x40000, ' ') + "\r\n";
  EXPECT_EQ(refused(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk + chunk + chunk), 413);
  const std::string upload = "POST /api/v1/search/image HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";
  EXPECT_EQ(refused(upload + "Content-Length: 33554433\r\n\r\n"), 413);
  const Answer named = server.raw(upload + "Content-Length: 33554433\r\n\r\n");
  EXPECT_THAT(named.body, HasSubstr("33554432 bytes"));
  EXPECT_EQ(server.post("/api/v1/search/image", MemoryBackend::jpeg(32 << 20), "image/png").status, 200);
}

TEST_F(HostileTest, ExpectContinueIsAnsweredOnlyForAnAcceptableBody) {
  Client client(server.port());
  const std::string head = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  client.send(head + "Content-Length: 15\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 100);
  client.send(R"({"query":"cat"})");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(refused(head + "Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n"), 413);
}

TEST(LimitsTest, RoomForAllUploadsTogetherIsBounded) {
  ServerOptions options;
  options.limits.uploads_bytes_total = 1000;
  TestServer server(options);
  const std::string head = "POST /api/v1/search/image HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";
  Client first(server.port());
  first.send(head + "Content-Length: 900\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(first.receive(true).status, 100);
  EXPECT_EQ(server.raw(head + "Content-Length: 200\r\n\r\n").status, 503);
  first.send(MemoryBackend::jpeg(900));
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(server.post("/api/v1/search/image", MemoryBackend::jpeg(900), "image/png").status, 200) << "given back";
}

// --- paths -----------------------------------------------------------------------------------------------------------

TEST_F(HostileTest, NoNameReachesOutsideTheLibrary) {
  const std::string outside = (server.backend.root() / "../secret.txt").string();
  const std::vector<std::string> names = {
      "../secret.txt",
      "../../secret.txt",
      "dogs/../../secret.txt",
      "./../secret.txt",
      "..",
      ".",
      "../",
      "dogs/..",
      "%2e%2e/secret.txt",
      "%2e%2e%2fsecret.txt",
      "..%2fsecret.txt",
      "..%2Fsecret.txt",
      "%2e./secret.txt",
      ".%2e/secret.txt",
      "dogs/%2e%2e/%2e%2e/secret.txt",
      "%252e%252e/secret.txt",
      "%252e%252e%252fsecret.txt",
      "..%252fsecret.txt",
      "..\\secret.txt",
      "..%5csecret.txt",
      "%2e%2e%5csecret.txt",
      "dogs\\..\\..\\secret.txt",
      "%c0%ae%c0%ae/secret.txt",
      "%c0%ae%c0%ae%c0%afsecret.txt",
      "..%c0%afsecret.txt",
      "%e0%80%ae%e0%80%ae/secret.txt",
      "%f0%80%80%ae./secret.txt",
      "..%ef%bc%8fsecret.txt",
      "%u002e%u002e/secret.txt",
      "..%00/secret.txt",
      "cat.png%00.txt",
      "%00../secret.txt",
      "/etc/passwd",
      "//etc/passwd",
      "%2fetc%2fpasswd",
      "%2Fetc/passwd",
      "dogs//../../secret.txt",
      "dogs/./../../secret.txt",
      "....//secret.txt",
      "..;/secret.txt",
      "..%3b/secret.txt",
      "file:///etc/passwd",
      "~/secret.txt",
      "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
      "..%0a/secret.txt",
      outside,
      "%2f" + outside.substr(1),
  };
  EXPECT_GE(names.size(), 40U);
  for (const std::string& name : names) {
    for (const std::string prefix : {"/images/", "/", "/assets/", "/api/v1/pictures/"}) {
      if (prefix == "/" && name == ".") continue;
      const Answer answer = server.get(prefix + name);
      EXPECT_TRUE(answer.status == 404 || answer.status == 400 || answer.status == 422) << prefix << name;
      EXPECT_THAT(answer.body, Not(HasSubstr("TOP-SECRET"))) << prefix << name;
      EXPECT_THAT(answer.body, Not(HasSubstr("root:"))) << prefix << name;
    }
  }
}

// --- who may ask -----------------------------------------------------------------------------------------------------

int status_for_host(const TestServer& server, const std::string& host_line) {
  return server.raw("GET /healthz HTTP/1.1\r\n" + host_line + "\r\n").status;
}

TEST_F(HostileTest, OnlyKnownHostsAreAnswered) {
  for (const char* host :
       {"localhost", "localhost:3000", "LOCALHOST", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:1"}) {
    EXPECT_EQ(status_for_host(server, fmt::format("Host: {}\r\n", host)), 200) << host;
  }
  for (const char* host : {"evil.example",
                           "localhost.evil.example",
                           "evil.example:3000",
                           "localhost.",
                           "127.0.0.1.evil.example",
                           "127.1",
                           "0.0.0.0",
                           "2130706433",
                           "[::]",
                           "[::1%25lo]",
                           "[::1",
                           "::1",
                           "localhost:",
                           "localhost:x",
                           "localhost:99999",
                           "localhost:-1",
                           "user@localhost",
                           "localhost@evil.example",
                           "localhost evil.example",
                           "localhost,evil.example",
                           "localhost/",
                           "192.168.0.1"}) {
    EXPECT_EQ(status_for_host(server, fmt::format("Host: {}\r\n", host)), 421) << host;
  }
  EXPECT_EQ(status_for_host(server, ""), 400);
  EXPECT_EQ(status_for_host(server, "Host: \r\n"), 400);
  EXPECT_EQ(status_for_host(server, "Host: localhost\r\nHost: localhost\r\n"), 400);
  EXPECT_EQ(server.raw("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 421);
  EXPECT_EQ(server.raw("GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 200)
      << "an absolute target replaces Host (RFC 9112, 3.2.2)";
}

TEST(GuardTest, ConfiguredHosts) {
  ServerOptions options;
  options.allowed_hosts = {"photos.home"};
  const TestServer server(options);
  EXPECT_EQ(status_for_host(server, "Host: Photos.Home:3000\r\n"), 200);
  EXPECT_EQ(status_for_host(server, "Host: other.home\r\n"), 421);
  options.allowed_hosts = {"*"};
  const TestServer open(options);
  EXPECT_EQ(status_for_host(open, "Host: anything\r\n"), 200);
}

TEST_F(HostileTest, PagesOfOtherSitesMayNotPost) {
  const auto post = [&](const std::string& origin) {
    return server.post("/search/images", R"({"query":"a"})", "application/json", "Origin: " + origin + "\r\n").status;
  };
  for (const char* origin : {"http://localhost", "https://localhost", "http://LOCALHOST"}) {
    EXPECT_EQ(post(origin), 200) << origin;
  }
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost:81", "http://localhost.evil", "localhost"}) {
    EXPECT_EQ(post(origin), 403) << origin;
  }
  const Answer read = server.get("/api/v1/status", "Origin: http://evil.example\r\n");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.header("access-control-allow-origin"), "") << "hence no page can read it";
}

TEST(GuardTest, CorsForListedOriginsAndForAll) {
  ServerOptions options;
  options.cors_origins = {"https://app.example"};
  const TestServer listed(options);
  const std::string ours = "Origin: https://app.example\r\n";
  const Answer answer = listed.post("/search/images", R"({"query":"a"})", "application/json", ours);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(answer.header("vary"), "Origin");
  const Answer preflight = listed.raw("OPTIONS /search/images HTTP/1.1\r\nHost: localhost\r\n" + ours +
                                      "Access-Control-Request-Method: POST\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_THAT(preflight.header("access-control-allow-headers"), HasSubstr("Content-Type"));
  EXPECT_EQ(listed.get("/api/v1/status", "Origin: https://other.example\r\n").header("access-control-allow-origin"),
            "");
  options.cors_origins = {"*"};
  const TestServer all(options);
  EXPECT_EQ(all.get("/api/v1/status", "Origin: https://x.example\r\n").header("access-control-allow-origin"), "*");
}

TEST(GuardTest, EveryRouteButTheProbesWantsTheKey) {
  ServerOptions options;
  options.api_key = "s3cret";
  const TestServer server(options);
  const std::vector<std::string> closed = {"/",
                                           "/api/v1/search?q=a",
                                           "/api/v1/pictures",
                                           "/api/v1/pictures/1",
                                           "/api/v1/pictures/1/thumbnail",
                                           "/api/v1/pictures/1/file",
                                           "/api/v1/status",
                                           "/metrics",
                                           "/images/cat.png",
                                           "/openapi.yaml",
                                           "/nowhere"};
  const std::vector<std::string> bad = {"",
                                        "X-Api-Key: S3cret\r\n",
                                        "X-Api-Key: s3cre\r\n",
                                        "X-Api-Key: s3crets3cret\r\n",
                                        "X-Api-Key: \r\n",
                                        "Authorization: Bearer x\r\n",
                                        "Authorization: s3cret\r\n",
                                        "Authorization: Basic s3cret\r\n",
                                        "Authorization: Basic czNjcmV0\r\n"};
  const std::vector<std::string> good = {"X-Api-Key: s3cret\r\n", "Authorization: Bearer s3cret\r\n",
                                         "authorization: bearer s3cret\r\n", "Authorization: Basic YTpzM2NyZXQ=\r\n"};
  for (const std::string& path : closed) {
    for (const std::string& field : bad) {
      const Answer answer = server.get(path, field);
      EXPECT_EQ(answer.status, 401) << path << ' ' << field;
      EXPECT_THAT(answer.header("www-authenticate"), HasSubstr("Bearer"));
    }
    for (const std::string& field : good) {
      EXPECT_EQ(server.get(path, field).status, path == "/nowhere" ? 404 : 200) << path << ' ' << field;
    }
  }
  EXPECT_EQ(server.post("/search/images", R"({"query":"a"})").status, 401);
  EXPECT_THAT(server.get("/", "Accept: text/html\r\n").header("www-authenticate"), HasSubstr("Basic"));
  for (const char* probe : {"/healthz", "/livez", "/readyz", "/api/v1/health"})
    EXPECT_EQ(server.get(probe).status, 200);
  for (const char* near : {"/healthz/../metrics", "/healthz/", "/healthz%2f..%2fmetrics", "/readyz;/metrics"}) {
    EXPECT_EQ(server.get(near).status, 401) << near;
  }
}

TEST(GuardTest, Parts) {
  EXPECT_EQ(decode_base64("YTpi"), "a:b");
  EXPECT_EQ(decode_base64("YTo="), "a:");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YQ="), std::nullopt);
  EXPECT_EQ(decode_base64("Y*=="), std::nullopt);
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abcabc"));
  EXPECT_FALSE(equal_constant_time("abc", ""));
  EXPECT_EQ(host_of("[::1]:80"), "[::1]");
}

}  // namespace
}  // namespace glimpse::server
