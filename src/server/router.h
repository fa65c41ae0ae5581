#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/http.h"

namespace glimpse::server {

/// What a route's request body may be.
enum class BodyKind { kNone, kJson, kPicture };

/// Answers one request. Called from a worker, or on the socket thread when the route says so.
using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string method;   ///< GET (which serves HEAD too), POST or DELETE.
  std::string pattern;  ///< "/a/{x}/b": one part is variable; "/a/{x*}": all that follows is, with its slashes.
  Handler handler;
  BodyKind body = BodyKind::kNone;
  bool open = false;     ///< No API key wanted.
  bool on_loop = false;  ///< Quick and never waits: answered on the socket thread, also when all workers are busy.
};

/// The list of routes and how a path finds its own. Immutable while serving.
class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  ///< Null: see `allow`.
    std::string allow;             ///< Methods the path has, as in "GET, HEAD"; empty when no route has the path.
  };
  /// Matches the raw path exactly, and sets the request's `argument`.
  Match find(Request& request) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace glimpse::server
