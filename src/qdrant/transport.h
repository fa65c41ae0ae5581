#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "qdrant/settings.h"

namespace glimpse::qdrant {

enum class Method { kGet, kPut, kPost, kDelete };

/// What came back, whatever its status.
struct Reply {
  long status = 0;
  std::string body;
  double retry_after_s = 0;  ///< 0: the server did not say.
};

/// One request, once. Connections are kept open and used again; each thread that calls at the same time has its own.
/// Thread-safe.
class Transport {
 public:
  /// `cancel` may be null, else it must outlive the transport. Errors: invalid_argument (no http or https URL).
  static Result<std::unique_ptr<Transport>> open(Settings settings, const CancelToken* cancel);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// `path` begins with '/'. Errors: unavailable (no connection, or it broke); deadline_exceeded; resource_exhausted
  /// (an answer over the limit); cancelled.
  Result<Reply> send(Method method, const std::string& path, std::string_view body);

  const Settings& settings() const;
  /// The URL without credentials, for messages and as the name of the server.
  const std::string& server() const;
  bool cancelled() const;

 private:
  struct State;
  explicit Transport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::qdrant
