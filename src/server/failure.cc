#include "server/failure.h"

#include <nlohmann/json.hpp>

namespace glimpse::server {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kCorruption:
      return 500;
    case ErrorCode::kUnsupported:
      return 415;
    case ErrorCode::kIo:
      return 500;
    case ErrorCode::kResourceExhausted:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response failure(int status, std::string_view code, std::string_view message) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  if (status == 429 || status == 503) response.headers.add("Retry-After", "1");
  const nlohmann::ordered_json body = {{"error", {{"code", code}, {"message", message}}}};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

Response failure(const Error& error) {
  return failure(http_status(error.code()), name_of(error.code()), error.message());
}

}  // namespace glimpse::server
