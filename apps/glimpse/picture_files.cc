#include "picture_files.h"

#include "image/decode.h"
#include "library/scanner.h"

namespace glimpse::app {

Result<std::vector<std::filesystem::path>> picture_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  const auto wanted = [](const std::filesystem::path& name) { return image::has_picture_extension(name.native()); };
  const auto found = [&](const library::FoundFile& file) { files.push_back(folder / file.name); };
  GLIMPSE_RETURN_IF_ERROR(library::scan(folder, {.wanted = wanted}, found));
  return files;
}

}  // namespace glimpse::app
