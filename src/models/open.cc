#include <fmt/format.h>

#include <optional>

#include "base/file.h"
#include "models/blip.h"
#include "models/clip.h"
#include "models/dual.h"
#include "models/dual_encoder.h"
#include "models/siglip.h"

namespace glimpse::models {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<DualEncoder>> open_hugging_face(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader config, ConfigReader::open(directory / "config.json"));
  const std::string type = config.text("model_type", "");
  if (type == "clip") return open_hugging_face_clip(directory, options);
  if (type == "siglip") return open_siglip(directory, options);
  if (type == "blip") return open_blip(directory, options);
  return Error::unsupported(
      "{}: expected a model of type clip, siglip or blip, or a glimpse.json; got model_type \"{}\"",
      display(directory / "config.json"), type);
}

// The archive of a directory that holds one and nothing else that tells what it is.
std::optional<fs::path> only_archive(const fs::path& directory) {
  std::optional<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() != ".pt") continue;
    if (found) return std::nullopt;
    found = entry.path();
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_dual_encoder(const fs::path& path, const OpenOptions& options) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return open_openai_clip(path, options);
  if (!fs::is_directory(path, ignored)) return Error::not_found("{}: expected a model's directory", display(path));
  if (fs::exists(path / "glimpse.json", ignored)) return open_dual(path, options);
  if (fs::exists(path / "config.json", ignored)) {
    auto model = open_hugging_face(path, options);
    // Beside open_clip's configuration, config.json may say next to nothing.
    const bool other_kind = !model && model.error().code() == ErrorCode::kUnsupported;
    if (!other_kind || !fs::exists(path / "open_clip_config.json", ignored)) return model;
  }
  if (fs::exists(path / "open_clip_config.json", ignored)) return open_open_clip(path, options);
  if (const auto archive = only_archive(path)) return open_openai_clip(*archive, options);
  return Error::not_found(
      "{}: expected glimpse.json, a Hugging Face config.json, an open_clip_config.json or OpenAI's .pt archive; is "
      "this a "
      "model's directory?",
      display(path));
}

}  // namespace glimpse::models
