#include <fmt/core.h>

#include <utility>

#include "backend.h"
#include "base/secret.h"
#include "commands.h"
#include "current_remote.h"
#include "current_search.h"
#include "idle_unloader.h"
#include "interrupt.h"
#include "remote_backend.h"
#include "served_follower.h"
#include "server/server.h"
#include "store_settings.h"
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

Result<server::ServerOptions> server_options(const CommonFlags& common, const ServeFlags& flags) {
  server::ServerOptions options;
  options.host = flags.host;
  options.port = flags.port;
  options.threads = common.threads;
  options.allowed_hosts = flags.allowed_hosts;
  options.cors_origins = flags.cors_origins;
  GLIMPSE_ASSIGN_OR_RETURN(options.api_key, api_key(flags));
  options.insecure_no_auth = flags.insecure_no_auth;
  return options;
}

void say_where(const std::string& what, const ServeFlags& flags, int port) {
  fmt::print(stderr, "glimpse: {} at http://{}:{}  (Ctrl-C stops)\n", what,
             flags.host == "127.0.0.1" ? "localhost" : flags.host, port);
}

struct Running {
  server::Server* server;
  ServedFollower* follower;
  void stop() const {
    follower->stop();
    server->stop();
  }
};

Result<ExitCode> serve_library(const CommonFlags& common, const ServeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, server_options(common, flags));
  CurrentSearch search(common);
  GLIMPSE_RETURN_IF_ERROR(search.get());  // What is wrong with a library or its model is said now, not to a visitor.
  const IdleUnloader unloader([&](auto idle) { search.unload_idle(idle); }, std::chrono::seconds(flags.model_ttl));
  GLIMPSE_ASSIGN_OR_RETURN(auto backend, LibraryBackend::create(search));
  GLIMPSE_ASSIGN_OR_RETURN(auto server, server::Server::listen(options, *backend));
  ServedFollower follower(search, common, flags);
  Running running{server.get(), &follower};
  on_interrupt([](void* context) { static_cast<Running*>(context)->stop(); }, &running);
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, backend->status());
  say_where(fmt::format("{} pictures", human_count(status.pictures)), flags, server->port());
  const auto served = server->run();
  follower.stop();
  GLIMPSE_RETURN_IF_ERROR(served);
  return ExitCode::kDone;
}

Result<ExitCode> serve_collection(const CommonFlags& common, const ServeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, server_options(common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto remote, CurrentRemote::create(common));
  // A store that is down, or has no collection yet, may come while we serve: until then requests are told why.
  if (const auto open = remote->get(); !open) fmt::print(stderr, "glimpse: {}\n", open.error().message());
  const IdleUnloader unloader([&](auto idle) { remote->unload_idle(idle); }, std::chrono::seconds(flags.model_ttl));
  const auto backend = RemoteBackend::create(*remote);
  GLIMPSE_ASSIGN_OR_RETURN(auto server, server::Server::listen(options, *backend));
  on_interrupt([](void* context) { static_cast<server::Server*>(context)->stop(); }, server.get());
  const auto& store = remote->store();
  say_where(fmt::format("collection {} of Qdrant at {}", store.name(), store.client().server()), flags, server->port());
  GLIMPSE_RETURN_IF_ERROR(server->run());
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_serve(const CommonFlags& common, const ServeFlags& flags) {
  return uses_qdrant(common.store) ? serve_collection(common, flags) : serve_library(common, flags);
}

}  // namespace glimpse::app
