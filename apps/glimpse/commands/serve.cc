#include <fmt/core.h>

#include "backend.h"
#include "commands.h"
#include "current_search.h"
#include "idle_unloader.h"
#include "interrupt.h"
#include "server/server.h"
#include "terminal.h"

namespace glimpse::app {

Result<ExitCode> run_serve(const CommonFlags& common, const ServeFlags& flags) {
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
  options.api_key = flags.api_key;
  options.insecure_no_auth = flags.insecure_no_auth;
  GLIMPSE_ASSIGN_OR_RETURN(auto server, server::Server::listen(options, *backend));
  on_interrupt([](void* context) { static_cast<server::Server*>(context)->stop(); }, server.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, backend->status());
  fmt::print(stderr, "glimpse: {} pictures at http://{}:{}  (Ctrl-C stops)\n", human_count(status.pictures),
             flags.host == "127.0.0.1" ? "localhost" : flags.host, server->port());
  GLIMPSE_RETURN_IF_ERROR(server->run());
  return ExitCode::kDone;
}

}  // namespace glimpse::app
