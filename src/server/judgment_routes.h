#pragma once

#include "server/api.h"

namespace glimpse::server {

/// Adds the routes /api/v1/judgments… of api/openapi.yaml.
void add_judgment_routes(Router& router, const ApiContext& context);

}  // namespace glimpse::server
