#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "server/guard.h"
#include "server/metrics.h"
#include "server/router.h"
#include "server/server.h"
#include "server/worker_pool.h"

namespace boost::asio {
class io_context;
}

namespace glimpse::server {

class Connection;

/// What all connections share. Its members change only on the thread that runs the io_context.
struct Engine {
  const ServerOptions& options;
  const Router& router;
  const Guard& guard;
  Metrics& metrics;
  WorkerPool& workers;
  AccessLog log;
  std::size_t body_bytes = 0;  ///< Room promised to bodies that are being received.
  bool draining = false;
  std::function<void(const std::shared_ptr<Connection>&)> closed;
};

/// One client's connection: reads requests, has them answered, writes the answers, in order. It lives as long as one of
/// its operations is under way. All methods belong to the io_context's thread.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Starts to serve.
  virtual void start() = 0;
  /// Answers with `refusal` instead of reading anything, then closes.
  virtual void refuse(Response refusal) = 0;
  /// Closes as soon as no request is being received or answered.
  virtual void drain() = 0;
  /// Closes now.
  virtual void close() = 0;
  virtual const std::string& remote_address() const = 0;
};

/// Takes over the connected socket `fd`.
std::shared_ptr<Connection> make_connection(Engine& engine, boost::asio::io_context& context, int fd, bool ipv6,
                                            std::string remote_address, std::string local_address);

}  // namespace glimpse::server
