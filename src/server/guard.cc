// Who may ask.
//
// Host: a page of another site can make a browser send requests here under a name of its own that resolves to
// 127.0.0.1 (DNS rebinding). Such a request carries that name in Host, so only names known to be ours are answered. An
// address literal cannot be rebound; the address that the connection came in on is therefore ours as well.
// Origin: browsers send it with every cross-site POST. Only our own origin, or one that CORS allows, may POST.
// Key: compared in constant time. Basic is accepted beside Bearer because it is what a browser can ask a person for and
// then sends along for <img> as well.

#include "server/guard.h"

#include <algorithm>

#include "server/failure.h"
#include "server/url.h"

namespace glimpse::server {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::any_of(list, [&](const std::string& item) { return item == "*" || equal_nocase(item, value); });
}

bool is_read_only(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

Response unauthorized(const Request& request) {
  Response response =
      failure(401, "unauthorized", "this server wants its API key, in X-Api-Key or Authorization: Bearer");
  const bool browser = request.headers.get("Accept").find("text/html") != std::string_view::npos;
  response.headers.add("WWW-Authenticate",
                       browser ? R"(Basic realm="glimpse", charset="UTF-8")" : R"(Bearer realm="glimpse")");
  return response;
}

}  // namespace

std::optional<std::string> host_of(std::string_view authority) {
  std::size_t end = authority.find(':');
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    end = bracket + 1 < authority.size() ? bracket + 1 : std::string_view::npos;
  }
  if (end != std::string_view::npos && (authority[end] != ':' || !parse_integer(authority.substr(end + 1), 0, 65535))) {
    return std::nullopt;
  }
  const std::string_view host = authority.substr(0, end);
  if (host.empty() || host.find_first_of("@/\\ ,") != std::string_view::npos) return std::nullopt;
  return lower(host);
}

std::optional<std::string> decode_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>(bits >> held & 0xFF));
    }
  }
  return out;
}

bool equal_constant_time(std::string_view secret, std::string_view given) {
  unsigned difference = secret.size() == given.size() ? 0U : 1U;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const char other = given.empty() ? '\0' : given[i % given.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(secret[i]) ^ static_cast<unsigned char>(other));
  }
  return difference == 0;
}

Guard::Guard(const ServerOptions& options)
    : allowed_hosts_(options.allowed_hosts), cors_origins_(options.cors_origins), api_key_(options.api_key) {
  allowed_hosts_.insert(allowed_hosts_.end(), {"localhost", "127.0.0.1", "[::1]"});
}

bool Guard::host_allowed(const Request& request) const {
  const std::optional<std::string> host = host_of(request.authority);
  if (!host) return false;
  const std::string& local = request.local_address;
  return contains(allowed_hosts_, *host) || *host == local || *host == "[" + local + "]";
}

bool Guard::origin_allowed(const Request& request) const {
  const std::string_view origin = request.headers.get("Origin");
  if (origin.empty() || contains(cors_origins_, origin)) return true;
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && equal_nocase(origin.substr(scheme + 3), request.authority);
}

bool Guard::key_matches(const Request& request) const {
  if (equal_constant_time(api_key_, request.headers.get("X-Api-Key"))) return true;
  const std::string_view authorization = request.headers.get("Authorization");
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view scheme = authorization.substr(0, space);
  const std::string_view value = authorization.substr(space + 1);
  if (equal_nocase(scheme, "Bearer")) return equal_constant_time(api_key_, value);
  if (!equal_nocase(scheme, "Basic")) return false;
  const std::optional<std::string> pair = decode_base64(value);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  return colon != std::string::npos && equal_constant_time(api_key_, std::string_view(*pair).substr(colon + 1));
}

std::optional<Response> Guard::refuse(const Request& request, bool open) const {
  if (request.headers.count("Host") > 1) return failure(400, "malformed_request", "more than one Host field");
  if (request.authority.empty()) return failure(400, "malformed_request", "the request needs a Host field");
  if (!host_allowed(request)) {
    return failure(421, "misdirected",
                   fmt::format("Host '{}' is not known here; use localhost, or start the server with --allowed-host",
                               request.authority));
  }
  if (!is_read_only(request.method) && !origin_allowed(request)) {
    return failure(403, "forbidden",
                   fmt::format("pages of '{}' may not ask this server; allow it with --cors-origin",
                               request.headers.get("Origin")));
  }
  if (!api_key_.empty() && !open && request.method != "OPTIONS" && !key_matches(request)) return unauthorized(request);
  return std::nullopt;
}

void Guard::decorate(const Request& request, Response& response) const {
  response.headers.set("X-Content-Type-Options", "nosniff");
  const std::string_view origin = request.headers.get("Origin");
  if (cors_origins_.empty()) return;
  const bool any = std::ranges::find(cors_origins_, "*") != cors_origins_.end();
  if (!any) response.headers.add("Vary", "Origin");
  if (origin.empty() || !contains(cors_origins_, origin)) return;
  response.headers.add("Access-Control-Allow-Origin", any ? "*" : std::string(origin));
  response.headers.add("Access-Control-Expose-Headers", "ETag, Content-Range, Content-Length, Retry-After");
  if (request.method == "OPTIONS") {
    response.headers.add("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
    response.headers.add("Access-Control-Allow-Headers",
                         "Content-Type, X-Api-Key, Authorization, Range, If-None-Match");
    response.headers.add("Access-Control-Max-Age", "600");
  }
}

}  // namespace glimpse::server
