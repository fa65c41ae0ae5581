#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"
#include "server/server.h"

namespace glimpse::server {

/// What can be said of the bytes received so far.
struct HeaderBlock {
  std::size_t size = 0;             ///< Bytes up to and with the empty line; 0 while it has not come.
  std::optional<Response> refusal;  ///< Set when the bytes can never become an acceptable header.
};

/// Finds the end of a request's header and refuses, before any parser sees them, the forms on which parsers differ and
/// which request smuggling lives on: a bare CR or LF, control bytes, a folded line, a space before the colon.
HeaderBlock inspect_header_block(std::string_view received, const Limits& limits);

/// Refuses framing that is ambiguous: two lengths, a length beside a transfer coding, any coding but a single
/// "chunked", a coding in HTTP/1.0. Source: RFC 9112 sections 6.1 and 6.3.
std::optional<Response> refuse_ambiguous_framing(const Headers& headers, int http_version);

/// Splits the request target into authority, path and query. False when it is in no form we serve.
bool split_target(Request& request);

}  // namespace glimpse::server
