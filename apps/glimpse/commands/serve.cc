#include <fmt/core.h>

#include <utility>

#include "backend.h"
#include "base/secret.h"
#include "commands.h"
#include "current_search.h"
#include "idle_unloader.h"
#include "interrupt.h"
#include "served_follower.h"
#include "server/server.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

Result<std::string> api_key(const ServeFlags& flags) {
  if (flags.api_key_file.empty()) return flags.api_key;
  if (!flags.api_key.empty()) {
    return Error::invalid_argument(
        "--api-key (GLIMPSE_API_KEY) and --api-key-file (GLIMPSE_API_KEY_FILE) are both set: give one of them");
  }
  return read_secret(flags.api_key_file).with_context("--api-key-file");
}

struct Running {
  server::Server* server;
  ServedFollower* follower;
  void stop() const {
    follower->stop();
    server->stop();
  }
};

}  // namespace

Result<ExitCode> run_serve(const CommonFlags& common, const ServeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string key, api_key(flags));
  CurrentSearch search(common);
  GLIMPSE_RETURN_IF_ERROR(search.get());  // What is wrong with a library or its model is said now, not to a visitor.
  const IdleUnloader unloader(search, std::chrono::seconds(flags.model_ttl));
  GLIMPSE_ASSIGN_OR_RETURN(auto backend, LibraryBackend::create(search));
  server::ServerOptions options;
  options.host = flags.host;
  options.port = flags.port;
  options.threads = common.threads;
  options.allowed_hosts = flags.allowed_hosts;
  options.cors_origins = flags.cors_origins;
  options.api_key = std::move(key);
  options.insecure_no_auth = flags.insecure_no_auth;
  GLIMPSE_ASSIGN_OR_RETURN(auto server, server::Server::listen(options, *backend));
  ServedFollower follower(search, common, flags);
  Running running{server.get(), &follower};
  on_interrupt([](void* context) { static_cast<Running*>(context)->stop(); }, &running);
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, backend->status());
  fmt::print(stderr, "glimpse: {} pictures at http://{}:{}  (Ctrl-C stops)\n", human_count(status.pictures),
             flags.host == "127.0.0.1" ? "localhost" : flags.host, server->port());
  const auto served = server->run();
  follower.stop();
  GLIMPSE_RETURN_IF_ERROR(served);
  return ExitCode::kDone;
}

}  // namespace glimpse::app
