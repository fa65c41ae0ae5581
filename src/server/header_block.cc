#include "server/header_block.h"

#include <algorithm>

#include "server/failure.h"
#include "server/url.h"

namespace glimpse::server {
namespace {

constexpr std::string_view kEndOfHeader = "\r\n\r\n";

Response malformed(std::string_view what) { return failure(400, "malformed_request", what); }

/// The first line-ending or control byte that does not belong in a header; nullptr when all is well.
const char* bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n' && (i == 0 || text[i - 1] != '\r')) return "a line must end with CR LF, not with LF alone";
    if (c == '\r' && i + 1 < text.size() && text[i + 1] != '\n') return "CR without LF in the request header";
    if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7F) return "control byte in the request header";
  }
  return nullptr;
}

std::optional<Response> check_fields(std::string_view block, const Limits& limits) {
  std::size_t fields = 0;
  std::size_t at = block.find("\r\n");
  while (at != std::string_view::npos && at + 2 < block.size()) {
    at += 2;
    const std::size_t end = block.find("\r\n", at);
    const std::string_view line = block.substr(at, end == std::string_view::npos ? end : end - at);
    if (line.empty()) break;
    if (line[0] == ' ' || line[0] == '\t') return malformed("folded header lines (obs-fold) are not accepted");
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return malformed("a header line needs 'name: value'");
    if (line[colon - 1] == ' ' || line[colon - 1] == '\t') return malformed("space before ':' in a header line");
    if (++fields > limits.header_fields) {
      return failure(431, "headers_too_large", fmt::format("more than {} header fields", limits.header_fields));
    }
    at = end;
  }
  return std::nullopt;
}

}  // namespace

HeaderBlock inspect_header_block(std::string_view received, const Limits& limits) {
  HeaderBlock result;
  const std::size_t end = received.find(kEndOfHeader);
  const std::string_view block =
      end == std::string_view::npos ? received : received.substr(0, end + kEndOfHeader.size());
  // The method and version take at most 32 bytes beside the target.
  const std::size_t line_size = std::min(block.find('\n'), block.size());
  if (const char* what = bad_byte(block)) {
    result.refusal = malformed(what);
  } else if (line_size > limits.target_bytes + 32) {
    result.refusal = failure(414, "uri_too_long", fmt::format("request target above {} bytes", limits.target_bytes));
  } else if (block.size() > limits.header_bytes) {
    result.refusal = failure(431, "headers_too_large", fmt::format("header above {} bytes", limits.header_bytes));
  } else if (end != std::string_view::npos) {
    result.refusal = check_fields(block, limits);
    result.size = block.size();
  }
  return result;
}

std::optional<Response> refuse_ambiguous_framing(const Headers& headers, int http_version) {
  const std::size_t lengths = headers.count("Content-Length");
  const std::size_t codings = headers.count("Transfer-Encoding");
  if (lengths > 1) return malformed("more than one Content-Length");
  if (lengths > 0 && codings > 0) return malformed("Content-Length beside Transfer-Encoding");
  if (lengths > 0 && !parse_integer(headers.get("Content-Length"), 0, INT64_MAX)) {
    return malformed("Content-Length must be one decimal number");
  }
  if (codings == 0) return std::nullopt;
  if (http_version < 11) return malformed("Transfer-Encoding needs HTTP/1.1");
  if (codings > 1 || !equal_nocase(headers.get("Transfer-Encoding"), "chunked")) {
    return malformed("the only Transfer-Encoding accepted is 'chunked'");
  }
  return std::nullopt;
}

bool split_target(Request& request) {
  std::string_view rest = request.target;
  request.authority = request.headers.get("Host");
  constexpr std::string_view kScheme = "http://";
  if (rest.size() >= kScheme.size() && equal_nocase(rest.substr(0, kScheme.size()), kScheme)) {
    rest.remove_prefix(kScheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    request.authority = rest.substr(0, end);
    rest.remove_prefix(end);
    if (rest.empty()) rest = "/";
  }
  if (rest.empty() || rest[0] != '/' || rest.find('#') != std::string_view::npos) return false;
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  request.query = question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
  return true;
}

}  // namespace glimpse::server
