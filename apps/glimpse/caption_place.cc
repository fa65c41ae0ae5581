#include "caption_place.h"

#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::app {

Result<std::unique_ptr<CaptionPlace>> CaptionPlace::open(const std::filesystem::path& directory,
                                                         const std::filesystem::path& folder) {
  {  // Looking first: a folder that is not in the library needs no lock, and waits for nobody.
    const auto reader = library::Library::open(directory, {.access = library::Access::kReadOnly});
    if (!reader && reader.error().code() == ErrorCode::kNotFound) return std::unique_ptr<CaptionPlace>();
    GLIMPSE_RETURN_IF_ERROR(reader);
    GLIMPSE_ASSIGN_OR_RETURN(const auto place, (*reader)->place_of(folder));
    if (!place) return std::unique_ptr<CaptionPlace>();
  }
  constexpr std::chrono::seconds kPatience{2};  // for somebody who writes in short turns
  auto library = library::Library::open(directory, {.wait = kPatience});
  if (!library && library.error().code() == ErrorCode::kUnavailable) {
    return Error::unavailable("{}; with --no-library captions go to data.csv alone", library.error().message());
  }
  GLIMPSE_RETURN_IF_ERROR(library);
  GLIMPSE_ASSIGN_OR_RETURN(auto place, (*library)->place_of(folder));
  if (!place) return std::unique_ptr<CaptionPlace>();
  return std::unique_ptr<CaptionPlace>(new CaptionPlace(*std::move(library), *std::move(place)));
}

Result<std::unique_ptr<CaptionPlace>> CaptionPlace::require(const std::filesystem::path& directory,
                                                            const std::filesystem::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(auto place, open(directory, folder));
  if (place) return place;
  return Error::not_found("{}: not in the library in {}: run 'glimpse index {}' first", display(folder),
                          display(directory), display(folder));
}

Result<std::optional<library::Picture>> CaptionPlace::find(const std::filesystem::path& name) const {
  return library_->find(place_.root, (place_.inside / name).lexically_normal());
}

library::CaptionMaker file_maker(const std::filesystem::path& file) {
  return {.source = library::CaptionSource::kFile, .model = display(file.filename())};
}

bool can_be_stored(const std::string& caption) {
  return !caption.empty() && caption.size() <= library::kMaxCaptionBytes && is_valid_utf8(caption);
}

}  // namespace glimpse::app
