#include <fmt/core.h>

#include "backend.h"
#include "commands.h"
#include "interrupt.h"
#include "open_search.h"
#include "server/server.h"
#include "terminal.h"

namespace glimpse::app {

Result<ExitCode> run_serve(const CommonFlags& common, const ServeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto open, open_search(common));
  GLIMPSE_RETURN_IF_ERROR(open.model.encoder->load_text_tower());
  GLIMPSE_ASSIGN_OR_RETURN(auto backend, LibraryBackend::create(open));
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
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, open.library->status());
  fmt::print(stderr, "glimpse: {} pictures at http://{}:{}  (Ctrl-C stops)\n", human_count(status.pictures),
             flags.host == "127.0.0.1" ? "localhost" : flags.host, server->port());
  GLIMPSE_RETURN_IF_ERROR(server->run());
  return ExitCode::kDone;
}

}  // namespace glimpse::app
