#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "hub/settings.h"

namespace glimpse::hub {

/// One GET. Redirects are followed, at most 10; the token is not sent to another host than the URL's.
struct Request {
  std::string url;
  std::uint64_t from = 0;  ///< Asks for the bytes from here on.
  /// Called once, before the first byte of a body with status 200 or 206: where in the file it begins.
  std::function<Result<void>(std::uint64_t offset)> begin = {};
  /// The body's bytes, in order.
  std::function<Result<void>(std::span<const std::byte>)> write = {};
};

/// Makes HTTP requests; tries again, with growing pauses, what a moment's trouble may have broken: 429 (after its
/// Retry-After), 500, 502, 503, 504, cut and stalled connections. A request that goes on asks for the rest only.
/// Not thread-safe.
class HttpClient {
 public:
  /// Borrows both.
  HttpClient(const Settings& settings, const CancelToken& cancel) : settings_(settings), cancel_(cancel) {}

  /// Errors: not_found (404); invalid_argument (401, 403: what to do about it); unavailable (everything that was tried
  /// in vain); cancelled; what `begin` and `write` say.
  Result<void> get(Request request) const;

  /// A small answer. Errors: as get; resource_exhausted over max_bytes.
  Result<std::string> get_text(const std::string& url, std::size_t max_bytes) const;

 private:
  struct Attempt;
  Attempt attempt(const Request& request) const;
  Result<void> pause(double seconds) const;

  const Settings& settings_;
  const CancelToken& cancel_;
};

}  // namespace glimpse::hub
