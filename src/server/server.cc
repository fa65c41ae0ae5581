// The listener: binds, accepts within the limits, and ends in order.
//
// stop() only writes to an eventfd, which a signal handler may do. The loop reads it: the first time it drains (not
// ready, acceptor closed, idle connections closed, open requests answered), the second time or after drain_time it cuts
// what is left. run() then waits for the workers, so that nothing touches the backend after it returns.

#include "server/server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <map>
#include <set>

#include "base/cpu.h"
#include "server/api.h"
#include "server/connection.h"
#include "server/failure.h"
#include "server/page.h"

namespace glimpse::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorStatus = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptRetry{100};

/// An IPv4 address that arrived through an IPv6 socket is shown as the IPv4 address it is.
asio::ip::address plain(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

Result<asio::ip::address> parse_host(std::string host) {
  if (equal_nocase(host, "localhost")) host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  ErrorStatus status;
  const asio::ip::address address = asio::ip::make_address(host, status);
  if (status) {
    return Error::invalid_argument("--host: expected an IP address or localhost, got '{}'; use 127.0.0.1", host);
  }
  return address;
}

Result<void> check(const ServerOptions& options, const asio::ip::address& address) {
  if (options.port < 0 || options.port > 65535) {
    return Error::invalid_argument("--port: expected 0 to 65535, got {}", options.port);
  }
  if (!address.is_loopback() && options.api_key.empty() && !options.insecure_no_auth) {
    return Error::invalid_argument(
        "--host {}: others could read all pictures; set an API key with --api-key, or allow it with --insecure-no-auth",
        options.host);
  }
  return {};
}

Error listen_error(const ServerOptions& options, const ErrorStatus& status) {
  if (status == asio::error::address_in_use) {
    return Error::unavailable("{}:{}: the port is in use; stop the other program or choose another with --port",
                              options.host, options.port);
  }
  if (status == asio::error::access_denied) {
    return Error::invalid_argument("{}:{}: no permission; choose a port above 1023 with --port", options.host,
                                   options.port);
  }
  return Error::unavailable("{}:{}: cannot listen: {}", options.host, options.port, status.message());
}

}  // namespace

struct Server::State {
  State(ServerOptions given, Backend& backend, AccessLog log)
      : options(std::move(given)),
        guard(options),
        workers(options.threads > 0 ? options.threads : available_cpus(), options.limits.queue),
        engine{.options = options,
               .router = router,
               .guard = guard,
               .metrics = metrics,
               .workers = workers,
               .log = std::move(log),
               .closed = [this](const std::shared_ptr<Connection>& gone) { forget(gone); }},
        acceptor(context),
        stop_event(context),
        accept_timer(context),
        drain_timer(context) {
    add_api_routes(router, {backend, metrics, [this] { return stopping.load(); }});
    add_page_routes(router, embedded_assets());
  }

  ~State() {
    workers.join();
    connections.clear();  // sockets must not outlive the context
  }

  Result<void> open();
  void accept();
  void admit(tcp::socket socket);
  void forget(const std::shared_ptr<Connection>& gone);
  void count_connections();
  void await_stop();
  void drain();
  void cut();

  ServerOptions options;
  Router router;
  Guard guard;
  Metrics metrics;
  std::atomic<bool> stopping{false};
  WorkerPool workers;
  Engine engine;
  std::set<std::shared_ptr<Connection>> connections;
  std::map<std::string, std::size_t> per_address;
  std::uint64_t stop_count = 0;
  int port = 0;
  asio::io_context context{1};  // destroyed before what its handlers use
  tcp::acceptor acceptor;
  asio::posix::stream_descriptor stop_event;
  asio::steady_timer accept_timer;
  asio::steady_timer drain_timer;
};

Result<void> Server::State::open() {
  GLIMPSE_ASSIGN_OR_RETURN(const asio::ip::address address, parse_host(options.host));
  GLIMPSE_RETURN_IF_ERROR(check(options, address));
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) return Error::io("cannot create an eventfd");
  ErrorStatus status;
  stop_event.assign(event, status);
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
  if (!status) acceptor.open(endpoint.protocol(), status);
  if (!status) acceptor.set_option(tcp::acceptor::reuse_address(true), status);
  if (!status) acceptor.bind(endpoint, status);
  if (!status) acceptor.listen(asio::socket_base::max_listen_connections, status);
  if (status) return listen_error(options, status);
  port = acceptor.local_endpoint(status).port();
  return {};
}

void Server::State::accept() {
  acceptor.async_accept([this](ErrorStatus status, tcp::socket socket) {
    if (engine.draining || status == asio::error::operation_aborted) return;
    if (!status) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: give the open connections time to end.
    accept_timer.expires_after(kAcceptRetry);
    accept_timer.async_wait([this](ErrorStatus cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Server::State::admit(tcp::socket socket) {
  const Limits& limits = options.limits;
  // Those being refused count as well; beyond twice the limit there is no time to be polite.
  if (connections.size() >= 2 * limits.connections) return;
  ErrorStatus status;
  const asio::ip::address remote = plain(socket.remote_endpoint(status).address());
  if (status) return;
  const tcp::endpoint local = socket.local_endpoint(status);
  if (status) return;
  const int fd = socket.release(status);
  if (status) return;
  auto connection = make_connection(engine, context, fd, local.protocol() == tcp::v6(), remote.to_string(),
                                    plain(local.address()).to_string());
  if (!connection) return;
  const std::size_t from_there = ++per_address[connection->remote_address()];
  connections.insert(connection);
  count_connections();
  if (connections.size() > limits.connections) {
    connection->refuse(failure(503, "unavailable", fmt::format("more than {} connections", limits.connections)));
  } else if (from_there > limits.connections_per_address && !remote.is_loopback()) {
    connection->refuse(failure(
        429, "unavailable",
        fmt::format("more than {} connections from {}", limits.connections_per_address, connection->remote_address())));
  } else {
    connection->start();
  }
}

void Server::State::forget(const std::shared_ptr<Connection>& gone) {
  const auto address = per_address.find(gone->remote_address());
  if (address != per_address.end() && --address->second == 0) per_address.erase(address);
  connections.erase(gone);
  count_connections();
  if (engine.draining && connections.empty()) context.stop();
}

void Server::State::count_connections() {
  metrics.set_gauge("glimpse_http_connections", "Open connections.", static_cast<double>(connections.size()));
}

void Server::State::await_stop() {
  stop_event.async_wait(asio::posix::stream_descriptor::wait_read, [this](ErrorStatus status) {
    if (status) return;
    std::uint64_t calls = 0;
    if (::read(stop_event.native_handle(), &calls, sizeof calls) == sizeof calls) stop_count += calls;
    if (!engine.draining) drain();
    if (stop_count > 1) return cut();
    await_stop();
  });
}

void Server::State::drain() {
  engine.draining = true;
  stopping = true;
  ErrorStatus ignored;
  acceptor.close(ignored);
  accept_timer.cancel();
  const auto open = connections;
  for (const auto& connection : open) connection->drain();
  if (connections.empty()) return context.stop();
  drain_timer.expires_after(options.limits.drain_time);
  drain_timer.async_wait([this](ErrorStatus cancelled) {
    if (!cancelled) cut();
  });
}

void Server::State::cut() {
  const auto open = connections;
  for (const auto& connection : open) connection->close();
  context.stop();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Backend& backend, AccessLog log) {
  auto state = std::make_unique<State>(std::move(options), backend, std::move(log));
  GLIMPSE_RETURN_IF_ERROR(state->open());
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port; }

Result<void> Server::run() {
  try {
    state_->await_stop();
    state_->accept();
    state_->context.run();
    state_->workers.join();
    return {};
  } catch (const std::exception& exception) {
    return Error::internal("server: {}", exception.what());
  }
}

void Server::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->stop_event.native_handle(), &one, sizeof one);
}

}  // namespace glimpse::server
