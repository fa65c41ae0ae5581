#pragma once

#include <string_view>

#include "base/error.h"
#include "server/http.h"

namespace glimpse::server {

/// The one table from our errors to HTTP.
int http_status(ErrorCode code);

/// {"error":{"code","message"}} with the status; 429 and 503 carry Retry-After.
Response failure(int status, std::string_view code, std::string_view message);
/// The same for an Error.
Response failure(const Error& error);

}  // namespace glimpse::server
