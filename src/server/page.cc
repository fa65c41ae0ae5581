#include "server/page.h"

#include <algorithm>
#include <cctype>

#include "server/file_response.h"

namespace glimpse::server {
namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view kNoPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>glimpse</title><h1>glimpse is running</h1>"
    "<p>This build carries no page. Run <code>make web</code> and build again; or set <code>GLIMPSE_WEB_DIST</code> to "
    "the folder of a built page.</p><p>The API is at <code>/api/v1</code>, described by "
    "<a href=\"/openapi.yaml\">openapi.yaml</a>.</p></html>";

Response serve(const Request& request, const Asset& asset) {
  Response response;
  const bool is_page = asset.media_type.starts_with("text/html");
  response.headers.add("Content-Type", std::string(asset.media_type));
  response.body = StaticBytes{asset.bytes};
  response = with_etag(request, std::move(response), asset.etag,
                       has_hashed_name(asset.path) ? "private, max-age=31536000, immutable" : "no-cache");
  if (is_page) {
    response.headers.add("Content-Security-Policy", std::string(kPagePolicy));
    response.headers.add("Referrer-Policy", "no-referrer");
    response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  }
  return response;
}

void add(Router& router, std::string path, const Asset& asset) {
  router.add({.method = "GET",
              .pattern = std::move(path),
              .handler = [asset](const Request& request) { return serve(request, asset); },
              .on_loop = true});
}

}  // namespace

bool has_hashed_name(std::string_view path) {
  constexpr std::size_t kHashSize = 8;  // Vite: eight characters of base64url before the extension
  const std::size_t dot = path.rfind('.');
  if (!path.starts_with("/assets/") || dot == std::string_view::npos || dot < kHashSize + 2) return false;
  if (path[dot - kHashSize - 1] != '-') return false;
  // A plain word is no hash: "my-template.js". One hash in a thousand looks like one, and is only cached less.
  return std::ranges::any_of(path.substr(dot - kHashSize, kHashSize),
                             [](unsigned char c) { return std::isdigit(c) != 0 || std::isupper(c) != 0; });
}

void add_page_routes(Router& router, std::span<const Asset> assets) {
  static constexpr Asset kFallback{"/", "text/html; charset=utf-8", "\"no-page\"", kNoPage};
  const auto index = std::ranges::find(assets, "/index.html", &Asset::path);
  add(router, "/", index == assets.end() ? kFallback : *index);
  for (const Asset& asset : assets) {
    // Braces would be read as a pattern; no bundler writes them.
    if (asset.path.find('{') == std::string_view::npos) add(router, std::string(asset.path), asset);
  }
}

}  // namespace glimpse::server
