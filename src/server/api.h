#pragma once

#include <functional>

#include "server/backend.h"
#include "server/metrics.h"
#include "server/router.h"

namespace glimpse::server {

/// What the routes work on. All of it must outlive the router.
struct ApiContext {
  Backend& backend;
  Metrics& metrics;
  std::function<bool()> stopping;  ///< Called from every thread.
};

/// Adds the routes of api/openapi.yaml except /openapi.yaml itself, which is an asset.
void add_api_routes(Router& router, const ApiContext& context);

}  // namespace glimpse::server
