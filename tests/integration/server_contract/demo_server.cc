// The server over the tests' backend in memory: something to point an HTTP tool at without a model or a library.
//
//   demo_server [PORT [API_KEY]]      prints its port, serves until a signal

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "server/testing.h"

namespace {
glimpse::server::Server* running = nullptr;
void stop(int) { running->stop(); }
}  // namespace

int main(int argc, char** argv) {
  glimpse::server::MemoryBackend backend;
  glimpse::server::ServerOptions options;
  options.port = argc > 1 ? std::atoi(argv[1]) : 0;
  options.api_key = argc > 2 ? argv[2] : "";
  auto server = glimpse::server::Server::listen(options, backend);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message().c_str());
    return 4;
  }
  running = server->get();
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  std::printf("%d\n", running->port());
  std::fflush(stdout);
  const auto ended = running->run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().message().c_str());
  return ended ? 0 : 1;
}
