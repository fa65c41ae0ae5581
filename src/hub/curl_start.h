#pragma once

namespace glimpse::hub {

/// Starts libcurl, once for the process. Thread-safe.
void start_curl_once();

}  // namespace glimpse::hub
