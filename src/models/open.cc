#include <fmt/format.h>

#include "base/file.h"
#include "models/clip.h"
#include "models/dual.h"
#include "models/dual_encoder.h"

namespace glimpse::models {

Result<std::unique_ptr<DualEncoder>> open_dual_encoder(const std::filesystem::path& directory,
                                                       const OpenOptions& options) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored))
    return Error::not_found("{}: expected a model's directory", display(directory));
  if (fs::exists(directory / "glimpse.json", ignored)) return open_dual(directory, options);
  if (!fs::exists(directory / "config.json", ignored)) {
    return Error::not_found("{}: expected glimpse.json or a Hugging Face config.json; is this a model's directory?",
                            display(directory));
  }
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader config, ConfigReader::open(directory / "config.json"));
  const std::string type = config.text("model_type", "");
  if (type == "clip") return open_clip(directory, options);
  return Error::unsupported("{}: expected a model of type clip, or a glimpse.json; got model_type \"{}\"",
                            display(directory / "config.json"), type);
}

}  // namespace glimpse::models
