#pragma once

#include <string>

#include "image/preprocess.h"
#include "models/config_reader.h"

namespace glimpse::models {

/// Reads a Hugging Face preprocessor_config.json (CLIPImageProcessor). What is absent has the processor's defaults.
/// image_size: the model's; a crop of another size is a problem of the configuration.
image::PreprocessSpec read_preprocessor(ConfigReader& config, int image_size);

/// Reads the `preprocess` object of our own glimpse.json under `prefix`: mode (squash, center_crop), filter, size,
/// mean, std.
image::PreprocessSpec read_preprocess(ConfigReader& config, const std::string& prefix);

}  // namespace glimpse::models
