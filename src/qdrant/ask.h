#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "qdrant/transport.h"

// Shared by the .cc files of this room alone.
namespace glimpse::qdrant {

using Json = nlohmann::json;

/// Makes a request and gives the "result" of its answer. What a moment's trouble may have broken is tried again, after
/// growing pauses of partly random length, or as long as the server's Retry-After says: no connection, a cut one, 408,
/// 429, 500, 502, 503, 504. All our requests may be repeated: they say what shall be, not what shall change.
/// Errors: unavailable (down, or no Qdrant); deadline_exceeded; resource_exhausted (its disk or memory is full);
/// invalid_argument (wrong key, refused request); not_found (404); already_exists (409); cancelled.
Result<Json> ask(Transport& transport, Method method, const std::string& path, std::string_view body = {});

/// Text of a body. What is no UTF-8 becomes U+FFFD.
std::string text_of(const Json& json);

/// A name as a part of a URL's path.
std::string in_path(std::string_view name);

/// Nested too deep or no JSON: nothing (discarded).
Json parse_limited(std::string_view text);

/// A member, or null.
const Json& member(const Json& object, std::string_view key);

/// The answer of a server that is no Qdrant of a version we know.
Error unknown_answer(const Transport& transport, std::string_view expected);

}  // namespace glimpse::qdrant
