#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "report/markup.h"

namespace glimpse::report {

/// "data:image/jpeg;base64,…": bytes that travel inside the page. Source: RFC 2397.
std::string data_uri(Literal media_type, std::span<const std::byte> bytes);

/// "sha256-…", as a Content-Security-Policy names an inline style. Source: CSP Level 3, section 2.3.1.
std::string csp_hash(std::string_view text);

}  // namespace glimpse::report
