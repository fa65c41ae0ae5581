#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace glimpse::hub {

/// What a server said.
struct ProbeAnswer {
  int status = 0;    ///< HTTP's number.
  std::string body;  ///< Its first 4 KiB.
};

/// One GET of an http(s) URL, at most `timeout` long in all: straight to its host (no proxy), no redirect, no second
/// try, no credentials. Any status is an answer. Errors: invalid_argument (a URL that is none); unavailable (no answer,
/// and why).
Result<ProbeAnswer> probe(const std::string& url, std::chrono::milliseconds timeout);

}  // namespace glimpse::hub
