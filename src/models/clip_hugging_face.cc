// A Hugging Face CLIP directory: config.json, preprocessor_config.json, weights, the tokenizer's files.
#include <array>

#include "models/clip_files.h"
#include "models/preprocess_config.h"

namespace glimpse::models {
namespace {

namespace fs = std::filesystem;

Result<image::PreprocessSpec> preprocessing(const fs::path& directory, const ClipConfig& config) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "preprocessor_config.json"));
  const image::PreprocessSpec spec = read_preprocessor(reader, static_cast<int>(config.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  return spec;
}

}  // namespace

Result<std::unique_ptr<DualEncoder>> open_hugging_face_clip(const fs::path& directory, const OpenOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(directory / "config.json"));
  const ClipConfig config = read_clip(reader);
  const std::string name = reader.text("_name_or_path", "");
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(const image::PreprocessSpec preprocess, preprocessing(directory, config));
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path weights, WeightsFile::find(directory, kHuggingFaceWeights));

  std::vector<FingerprintPart> parts = {{"configuration", directory / "config.json"},
                                        {"preprocessing", directory / "preprocessor_config.json"}};
  GLIMPSE_RETURN_IF_ERROR(add_weights(parts, weights));
  for (const char* file : {"tokenizer.json", "vocab.json", "merges.txt"}) {
    if (fs::exists(directory / file)) parts.push_back({file, directory / file});
  }
  return make_clip({.name = name.empty() ? name_of(directory) : name,
                    .config = config,
                    .preprocess = preprocess,
                    .weights = WeightsFile(weights, options.params_path),
                    .tokenizer = directory,
                    .parts = std::move(parts)},
                   options);
}

}  // namespace glimpse::models
