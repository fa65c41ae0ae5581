// The life of a server and of its connections: binding, timers, limits on load, keep-alive, stop.

#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "server/testing.h"
#include "server/worker_pool.h"

namespace glimpse::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::HasSubstr;

constexpr const char* kProbe = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* kSearch = "GET /api/v1/search?q=a HTTP/1.1\r\nHost: localhost\r\n\r\n";

template <typename Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 20'000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

ServerOptions with_limits(auto change) {
  ServerOptions options;
  change(options.limits);
  return options;
}

// --- binding ---------------------------------------------------------------------------------------------------------

TEST(ListenTest, APortInUseIsNamed) {
  const TestServer server;
  MemoryBackend backend;
  const auto second = Server::listen({.port = server.port()}, backend);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr(fmt::format("127.0.0.1:{}: the port is in use", server.port())));
  EXPECT_THAT(second.error().message(), HasSubstr("--port"));
}

TEST(ListenTest, RefusesToServeOthersWithoutAKey) {
  MemoryBackend backend;
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1"}) {
    const auto server = Server::listen({.host = host, .port = 0}, backend);
    ASSERT_FALSE(server) << host;
    EXPECT_EQ(server.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(server.error().message(), HasSubstr("--api-key"));
  }
  EXPECT_TRUE(Server::listen({.host = "0.0.0.0", .port = 0, .api_key = "k"}, backend));
  EXPECT_TRUE(Server::listen({.host = "0.0.0.0", .port = 0, .insecure_no_auth = true}, backend));
  EXPECT_TRUE(Server::listen({.host = "localhost", .port = 0}, backend));
  EXPECT_FALSE(Server::listen({.host = "no such host", .port = 0}, backend));
  EXPECT_FALSE(Server::listen({.port = 65536}, backend));
  EXPECT_FALSE(Server::listen({.port = -1}, backend));
}

// --- connections -----------------------------------------------------------------------------------------------------

TEST(ConnectionTest, AnswersAHundredPipelinedRequestsInOrder) {
  TestServer server;
  Client client(server.port());
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    const std::string query = R"({"query":"q)" + std::to_string(i) + R"("})";
    bytes += "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(query.size()) + "\r\n\r\n" + query;
  }
  client.send(bytes);
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(client.receive().body, HasSubstr(fmt::format(R"("query":"q{}")", i)));
  }
}

TEST(ConnectionTest, ARequestMayArriveByteByByte) {
  TestServer server;
  Client client(server.port());
  for (const char c : std::string(kProbe)) client.send(std::string(1, c));
  EXPECT_EQ(client.receive().status, 200);
}

TEST(ConnectionTest, KeepsAliveUnlessAskedNotTo) {
  TestServer server;
  Client client(server.port());
  client.send(kProbe);
  EXPECT_EQ(client.receive().header("connection"), "keep-alive");
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive(true).header("content-length"), "3");
  client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().status, 404);
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(ConnectionTest, ASlowHeaderIsEndedInTime) {
  TestServer server(with_limits([](Limits& limits) { limits.header_time = 150ms; }));
  Client dripping(server.port());
  Client silent(server.port());
  const auto start = Clock::now();
  dripping.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ");
  for (int i = 0; i < 8; ++i) {
    std::this_thread::sleep_for(50ms);
    dripping.send("x");
  }
  dripping.send("\r\n\r\n");
  EXPECT_EQ(dripping.receive().status, 408) << "each byte bought more time";
  EXPECT_TRUE(dripping.at_end());
  EXPECT_TRUE(silent.at_end());
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST(ConnectionTest, ASlowBodyIsEndedInTime) {
  TestServer server(with_limits([](Limits& limits) { limits.body_time = 150ms; }));
  Client client(server.port());
  client.send(
      "POST /search/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "9\r\n\r\n{");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.at_end());
}

TEST(ConnectionTest, AnIdleConnectionIsClosed) {
  TestServer server(with_limits([](Limits& limits) { limits.idle_time = 150ms; }));
  Client client(server.port());
  client.send(kProbe);
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.at_end());
}

TEST(ConnectionTest, AClientThatDoesNotReadIsCutOff) {
  std::atomic<int> logged{0};
  ServerOptions options = with_limits([](Limits& limits) { limits.write_time = 200ms; });
  TestServer server(options, [&](const AccessRecord&) { ++logged; });
  server.backend.write("huge.jpg", MemoryBackend::jpeg(64 << 20));
  Client client(server.port());
  client.send("GET /api/v1/pictures/5/file HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::this_thread::sleep_for(1s);
  EXPECT_LT(client.receive().body.size(), 64U << 20);
  EXPECT_EQ(logged, 0) << "an answer that was cut is no answer";
}

TEST(ConnectionTest, MoreConnectionsThanAllowedAreTurnedAway) {
  TestServer server(with_limits([](Limits& limits) { limits.connections = 2; }));
  Client first(server.port());
  Client second(server.port());
  for (Client* client : {&first, &second}) {
    client->send(kProbe);
    EXPECT_EQ(client->receive().status, 200);
  }
  Client third(server.port());
  const Answer answer = third.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  first.send(kProbe);
  EXPECT_EQ(first.receive().status, 200) << "those inside are not disturbed";
}

TEST(ConnectionTest, AccessLogRecordsEachAnswer) {
  std::mutex mutex;
  std::vector<AccessRecord> records;
  TestServer server({}, [&](const AccessRecord& record) {
    const std::lock_guard lock(mutex);
    records.push_back(record);
  });
  server.get("/api/v1/pictures/4/file");
  server.raw("garbage\r\n\r\n");
  server.stop();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].remote_address, "127.0.0.1");
  EXPECT_EQ(records[0].target, "/api/v1/pictures/4/file");
  EXPECT_EQ(records[0].body_bytes, 3U << 20);
  EXPECT_EQ(records[1].status, 400);
}

// --- load ------------------------------------------------------------------------------------------------------------

TEST(LoadTest, AFullQueueRefusesAndProbesStillAnswer) {
  ServerOptions options = with_limits([](Limits& limits) { limits.queue = 3; });
  options.threads = 2;
  TestServer server(options);
  server.backend.blocked = true;
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 5; ++i) {  // two run, three wait
    waiting.push_back(std::make_unique<Client>(server.port()));
    waiting.back()->send(kSearch);
    ASSERT_TRUE(eventually([&] { return server.backend.running == std::min(i + 1, 2); }));
  }
  std::this_thread::sleep_for(50ms);  // the last three reach the queue
  Client refused(server.port());
  refused.send(kSearch);
  const Answer answer = refused.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(server.get("/healthz").status, 200);
  server.backend.blocked = false;
  for (auto& client : waiting) EXPECT_EQ(client->receive().status, 200);
  refused.send(kSearch);
  EXPECT_EQ(refused.receive().status, 200) << "the refused connection lives on";
  EXPECT_LE(server.backend.most_running, 2);
}

TEST(WorkerPoolTest, RefusesBeyondItsCapacityAndFinishesWhatItTook) {
  std::atomic<int> done{0};
  std::atomic<bool> go{false};
  WorkerPool pool(1, 2);
  const auto task = [&] {
    while (!go) std::this_thread::sleep_for(1ms);
    ++done;
  };
  ASSERT_TRUE(pool.try_post(task));
  ASSERT_TRUE(eventually([&] { return pool.waiting() == 0; }));
  EXPECT_TRUE(pool.try_post(task));
  EXPECT_TRUE(pool.try_post(task));
  EXPECT_FALSE(pool.try_post(task));
  pool.post(task);
  go = true;
  pool.join();
  EXPECT_EQ(done, 4);
}

// --- stop ------------------------------------------------------------------------------------------------------------

TEST(StopTest, AnswersWhatIsOpenAndClosesWhatIsIdle) {
  TestServer server;
  Client idle(server.port());
  idle.send(kProbe);
  EXPECT_EQ(idle.receive().status, 200);
  server.backend.blocked = true;
  Client working(server.port());
  working.send(kSearch);
  ASSERT_TRUE(eventually([&] { return server.backend.running == 1; }));
  Client half(server.port());
  half.send("GET /readyz HTTP/1.1\r\n");
  Client before(server.port());  // a round trip on a later connection: the half request has arrived
  before.send(kProbe);
  EXPECT_EQ(before.receive().status, 200);

  server.server->stop();
  EXPECT_TRUE(idle.at_end());
  EXPECT_FALSE(Client(server.port()).connected());
  half.send("Host: localhost\r\n\r\n");
  const Answer readiness = half.receive();
  EXPECT_EQ(readiness.status, 503);
  EXPECT_EQ(readiness.body, "stopping\n");
  server.backend.blocked = false;
  const Answer answer = working.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(working.at_end());
}

TEST(StopTest, CutsWhatIsLeftAfterTheDrainTime) {
  TestServer server(with_limits([](Limits& limits) { limits.drain_time = 100ms; }));
  Client half(server.port());
  half.send("GET /readyz HTTP/1.1\r\n");
  EXPECT_EQ(server.get("/healthz").status, 200);
  const auto start = Clock::now();
  server.stop();
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_TRUE(half.at_end());
}

TEST(StopTest, ASecondStopDoesNotWait) {
  TestServer server;
  Client half(server.port());
  half.send("GET /readyz HTTP/1.1\r\n");
  EXPECT_EQ(server.get("/healthz").status, 200);
  server.server->stop();
  EXPECT_TRUE(eventually([&] { return !Client(server.port()).connected(); }));
  const auto start = Clock::now();
  server.stop();
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST(StopTest, WorksFromASignalHandlerAndBeforeRun) {
  MemoryBackend backend;
  static Server* target = nullptr;
  auto server = *Server::listen({.port = 0}, backend);
  target = server.get();
  std::signal(SIGUSR1, [](int) { target->stop(); });
  std::raise(SIGUSR1);
  EXPECT_TRUE(server->run());
  std::signal(SIGUSR1, SIG_DFL);
}

TEST(StopTest, NoAnswerIsTruncatedUnderLoad) {
  for (int round = 0; round < 10; ++round) {
    TestServer server;
    std::atomic<int> whole{0}, broken{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        while (true) {
          Client client(server.port());
          if (!client.connected()) return;
          client.send("GET /api/v1/pictures/4/file HTTP/1.1\r\nHost: localhost\r\n\r\n");
          const Answer answer = client.receive();
          if (answer.status == 0) return;  // never accepted
          ++(answer.body.size() == 3U << 20 ? whole : broken);
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return whole > 0; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    server.stop();
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(broken, 0);
  }
}

}  // namespace
}  // namespace glimpse::server
