#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/open_file.h"

namespace glimpse::server {

/// Header fields in order. Names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces all fields of that name.
  void set(std::string_view name, std::string value);
  /// The first value, or "".
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request whose header has been read; the body follows only when the route takes one.
struct Request {
  std::string method;
  std::string target;     ///< As received.
  std::string authority;  ///< Of the Host field, or of an absolute-form target.
  std::string path;       ///< Still percent-encoded; begins with '/'.
  std::string query;      ///< Still percent-encoded, without '?'.
  std::string argument;   ///< The path's variable part, still percent-encoded; set by Router::find.
  Headers headers;
  std::string body;
  std::string remote_address;
  std::string local_address;  ///< The address the connection came in on.
};

/// A part of an open file.
struct FileSlice {
  OpenFile file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Bytes that live as long as the program.
struct StaticBytes {
  std::string_view bytes;
};

struct Response {
  int status = 200;
  Headers headers;  ///< Without Content-Length, Date and Connection, which the connection adds.
  std::variant<std::string, StaticBytes, FileSlice> body;

  std::uint64_t body_size() const;
};

/// Request line and header fields of an answer, ready to send. Control bytes in header values are dropped.
std::string response_head(const Response& response, bool keep_alive);

/// Whether a and b are equal without regard to ASCII case.
bool equal_nocase(std::string_view a, std::string_view b);
/// ASCII lower case.
std::string lower(std::string_view text);

/// A date as in "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 section 5.6.7.
std::string http_date(std::int64_t seconds_since_1970);

}  // namespace glimpse::server
