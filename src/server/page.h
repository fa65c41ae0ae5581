#pragma once

#include <span>
#include <string_view>

#include "server/router.h"

namespace glimpse::server {

/// A file that was embedded at build time.
struct Asset {
  std::string_view path;  ///< "/assets/index-1a2b3c4d.js".
  std::string_view media_type;
  std::string_view etag;  ///< With its quotes.
  std::string_view bytes;
};

/// Everything that src/server/embed.cmake put into the program: /openapi.yaml, and the page if it was built.
std::span<const Asset> embedded_assets();

/// Whether a bundler put a content hash into the name, so that its bytes can never change.
bool has_hashed_name(std::string_view path);

/// Adds a route for each asset; "/" serves /index.html, or says how to build the page.
void add_page_routes(Router& router, std::span<const Asset> assets);

}  // namespace glimpse::server
