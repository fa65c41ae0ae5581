#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "library/library.h"
#include "qdrant/payload.h"
#include "qdrant/point.h"

namespace glimpse::qdrant {

/// How a library and its roots are called where others see them. Chosen once and kept in the library's settings:
/// "library_id" (32 digits drawn at random) and "root_label/<id>" (the folder's name; a number behind it where another
/// root has the same).
struct Labels {
  std::string library;
  std::map<std::int64_t, std::string> roots;  ///< By RootId.

  /// What is missing is chosen; needs a library that is open for writing. Errors: the library's.
  static Result<Labels> choose(library::Library& library);
  /// Those chosen before; `library` is empty when none were.
  static Result<Labels> read(const library::Library& library);
  /// Takes the name of a library that was lost, so that its points become this one's. Errors: invalid_argument.
  static Result<void> adopt(library::Library& library, const std::string& lost);
};

/// What the collection is to say of a picture.
Payload payload_of(const library::RemoteCandidate& candidate, const Labels& labels, const library::Generation& model);

/// The point of a payload: UUIDv5 of content, library, root and image_path. Equal bytes in two places, or on two
/// machines, are two points, and none of them is in another's way.
Uuid point_of(const Payload& payload);

}  // namespace glimpse::qdrant
