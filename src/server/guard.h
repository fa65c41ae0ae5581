#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"
#include "server/server.h"

namespace glimpse::server {

/// Decides who may ask: known Host, own or allowed Origin, API key. Immutable, hence usable from every thread.
class Guard {
 public:
  explicit Guard(const ServerOptions& options);

  /// The refusal of a request, or nothing. `open`: the route asks for no key.
  std::optional<Response> refuse(const Request& request, bool open) const;
  /// Adds what every answer carries: nosniff, and the CORS fields that the request's Origin may have.
  void decorate(const Request& request, Response& response) const;

 private:
  bool host_allowed(const Request& request) const;
  bool origin_allowed(const Request& request) const;
  bool key_matches(const Request& request) const;

  std::vector<std::string> allowed_hosts_;
  std::vector<std::string> cors_origins_;
  std::string api_key_;
};

/// The host of "host[:port]", lower case, an IPv6 address with its brackets; nothing when malformed.
std::optional<std::string> host_of(std::string_view authority);

/// Decodes standard base64 with padding; nothing when malformed.
std::optional<std::string> decode_base64(std::string_view text);

/// Whether `given` equals `secret`, in a time that depends on `secret` alone.
bool equal_constant_time(std::string_view secret, std::string_view given);

}  // namespace glimpse::server
