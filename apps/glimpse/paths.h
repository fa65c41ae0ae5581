#pragma once

#include <filesystem>
#include <vector>

namespace glimpse::app {

/// $XDG_DATA_HOME/glimpse, or ~/.local/share/glimpse: the default library.
std::filesystem::path default_library();

/// $GLIMPSE_CACHE, $XDG_CACHE_HOME/glimpse or ~/.cache/glimpse: what can be made again and serves every library, as
/// compiled models.
std::filesystem::path cache_directory();

/// Where models are added: $GLIMPSE_MODELS, or the models folder beside the default library.
std::filesystem::path model_store();

/// Where models are looked for, in order: model_store(), then what was installed with the program.
std::vector<std::filesystem::path> model_directories();

/// CLIP's file of merges, which comes with the program: for models that are published without a tokenizer.
std::filesystem::path clip_merges();

/// Tiny models with what their reference implementations compute, which come with the program: 'glimpse model verify'.
std::filesystem::path goldens_directory();

}  // namespace glimpse::app
