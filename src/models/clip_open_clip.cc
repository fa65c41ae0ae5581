// open_clip's directory: open_clip_config.json (model_cfg as in its src/open_clip/model_configs, preprocess_cfg) and a
// state_dict. What the configuration asks for and this family has not is refused by its key.
// Source: open_clip 3.3, model.py (CLIPVisionCfg, CLIPTextCfg), transform.py (image_transform).
#include <fmt/format.h>

#include <array>

#include "models/clip_files.h"
#include "models/coca.h"
#include "models/open_clip_config.h"

namespace glimpse::models {
namespace fs = std::filesystem;

ClipConfig read_open_clip(ConfigReader& config) {
  ClipConfig c;
  c.projection_dim = config.integer("model_cfg.embed_dim", {1, 16384});
  refuse_other_towers(config);
  read_open_clip_tower(config, "model_cfg.vision_cfg", c.vision);
  read_open_clip_tower(config, "model_cfg.text_cfg", c.text);
  read_open_clip_picture(config, c.vision);
  c.text.context_length = config.integer("model_cfg.text_cfg.context_length", {2, 8192}, 77);
  c.text.vocabulary_size = config.integer("model_cfg.text_cfg.vocab_size", {1, 2'000'000}, 49408);
  return c;
}

Result<std::unique_ptr<DualEncoder>> open_open_clip(const fs::path& directory, const OpenOptions& options) {
  const fs::path file = directory / "open_clip_config.json";
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(file));
  if (reader.has("model_cfg.multimodal_cfg")) return open_coca(directory, options);
  const ClipConfig config = read_open_clip(reader);
  const auto preprocess = read_open_clip_preprocess(reader, static_cast<int>(config.vision.image_size));
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path weights, WeightsFile::find(directory, kOpenClipWeights));
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path merges, find_merges(directory, options));
  return make_clip({.name = name_of(directory),
                    .config = config,
                    .preprocess = preprocess,
                    .weights = WeightsFile(weights, options.params_path),
                    .tokenizer = merges,
                    .parts = {{"configuration", file}, {"weights", weights}}},
                   options);
}

}  // namespace glimpse::models
