#include "open_library.h"

#include <fmt/core.h>

#include <chrono>

namespace glimpse::app {
namespace {

constexpr std::chrono::milliseconds kUnremarked{500};  // a turn takes a fraction of it
constexpr std::chrono::seconds kPatience{10};

}  // namespace

Result<std::unique_ptr<library::Library>> open_to_write(const CommonFlags& common, library::OpenOptions options) {
  options.wait = kUnremarked;
  auto library = library::Library::open(common.library, options);
  if (library || library.error().code() != ErrorCode::kUnavailable) return library;
  if (!common.quiet) fmt::print(stderr, "waiting for up to {} s: {}\n", kPatience.count(), library.error().message());
  options.wait = kPatience;
  return library::Library::open(common.library, options);
}

}  // namespace glimpse::app
