#include "server/router.h"

#include <optional>

namespace glimpse::server {
namespace {

/// The path's variable part when it fits the pattern: "" for a pattern without one.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return path == pattern ? std::optional(std::string_view{}) : std::nullopt;
  const std::size_t close = pattern.find('}');
  const std::string_view prefix = pattern.substr(0, open);
  const std::string_view suffix = pattern.substr(close + 1);
  if (path.size() <= prefix.size() + suffix.size()) return std::nullopt;
  if (!path.starts_with(prefix) || !path.ends_with(suffix)) return std::nullopt;
  const std::string_view part = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
  const bool takes_rest = pattern[close - 1] == '*';
  if (!takes_rest && part.find('/') != std::string_view::npos) return std::nullopt;
  return part;
}

}  // namespace

Router::Match Router::find(Request& request) const {
  Match result;
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  for (const Route& route : routes_) {
    const std::optional<std::string_view> argument = match(route.pattern, request.path);
    if (!argument) continue;
    if (route.method == method) {
      result.route = &route;
      request.argument = *argument;
      return result;
    }
    if (!result.allow.empty()) result.allow += ", ";
    result.allow += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return result;
}

}  // namespace glimpse::server
