#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/backend.h"

namespace glimpse::server {

/// What one client may ask for. A request beyond a limit gets the 4xx that names it; nothing is buffered beyond it.
struct Limits {
  std::size_t target_bytes = 8 << 10;           ///< Request target (414).
  std::size_t header_bytes = 16 << 10;          ///< Request line and all header fields (431).
  std::size_t header_fields = 100;              ///< Number of header fields (431).
  std::size_t json_bytes = 1 << 20;             ///< JSON body (413).
  std::size_t upload_bytes = 32 << 20;          ///< Uploaded picture (413).
  std::size_t uploads_bytes_total = 256 << 20;  ///< All bodies being received at one time (503).
  std::size_t connections = 1024;               ///< Open connections (503).
  std::size_t connections_per_address = 64;  ///< Of one remote address (429); loopback is exempt: proxies live there.
  std::size_t queue = 64;                    ///< Requests waiting for a worker (503 with Retry-After).
  std::chrono::milliseconds header_time{10'000};  ///< From a request's first byte to its last header byte.
  std::chrono::milliseconds body_time{30'000};    ///< To receive the body.
  std::chrono::milliseconds write_time{30'000};   ///< To send one answer, or 256 KiB of a file.
  std::chrono::milliseconds idle_time{60'000};    ///< Between two requests.
  std::chrono::milliseconds drain_time{10'000};   ///< From stop() to cutting the connections that are left.
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< An IP address or "localhost".
  int port = 3000;                 ///< 0 lets the system choose; see Server::port().
  int threads = 0;                 ///< Workers that call the backend; 0: one for each processor.
  /// Host names answered besides localhost, 127.0.0.1, [::1] and the address the connection came in on; "*" allows all.
  /// The check keeps a web page of another site from reaching this server by DNS rebinding.
  std::vector<std::string> allowed_hosts = {};
  /// Web origins such as "https://example.org" whose pages may use the API; "*" allows all; empty: none but our own.
  std::vector<std::string> cors_origins = {};
  /// When not empty, asked of every request but health probes: X-Api-Key, Authorization: Bearer, or the password of
  /// Authorization: Basic (so that a browser can open the page).
  std::string api_key = {};
  /// Permits a host other than loopback without api_key.
  bool insecure_no_auth = false;
  Limits limits = {};
};

/// One answered request, for the access log.
struct AccessRecord {
  std::string remote_address;
  std::string method;
  std::string target;  ///< As received, hence untrusted; at most Limits::target_bytes.
  int status = 0;
  std::uint64_t body_bytes = 0;
  double milliseconds = 0;
};

/// Called on the thread of run() after each answer; must be quick.
using AccessLog = std::function<void(const AccessRecord&)>;

/// Serves a Backend over HTTP/1.1: the API of api/openapi.yaml and the page.
///
/// One thread (the caller of run) does all socket work and never waits for the backend; a pool of workers calls it.
class Server {
 public:
  /// Binds and listens. `backend` must outlive the server. Errors: invalid_argument for a bad option, among them a host
  /// that is not loopback without api_key or insecure_no_auth; unavailable when the port is in use.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, Backend& backend, AccessLog log = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The port that was bound.
  int port() const;
  /// Serves until stop() and the drain that follows. Call once.
  Result<void> run();
  /// Ends run(): not ready, no new connections, open requests are answered within Limits::drain_time. A second call
  /// cuts the connections that are left. Callable from any thread and from a signal handler.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::server
