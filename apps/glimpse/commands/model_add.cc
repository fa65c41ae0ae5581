// A model is added when it has embedded something, or written a caption: from a directory by copying it, from Hugging
// Face's own cache by a link, else by downloading it.
#include <fmt/core.h>

#include <memory>

#include "base/file.h"
#include "commands.h"
#include "hub/cache.h"
#include "hub/download.h"
#include "interrupt.h"
#include "json_text.h"
#include "model_store.h"
#include "paths.h"
#include "terminal.h"
#include "try_model.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

struct Added {
  StoredModel stored;
  models::ModelInfo info;
  const char* how;
};

Result<models::ModelInfo> check_model(const fs::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(auto tried, try_model(directory, {.clip_merges = clip_merges()}));
  return std::move(tried.info);
}

Result<Added> add_directory(const fs::path& source, std::string name) {
  // An archive is called what it holds: "ViT-B-32", not "ViT-B-32.pt".
  if (name.empty()) name = (fs::is_regular_file(source) ? source.stem() : source.filename()).string();
  GLIMPSE_RETURN_IF_ERROR(check_name_is_free(name));
  GLIMPSE_ASSIGN_OR_RETURN(auto info, check_model(source));
  GLIMPSE_ASSIGN_OR_RETURN(auto stored, store_model(source, name));
  return Added{std::move(stored), std::move(info), "copied"};
}

/// Whether a model's configuration is one that runs here; that its weights are not there yet is no matter.
Result<void> check_configuration(const fs::path& directory) {
  const auto model = models::open_dual_encoder(directory, {.clip_merges = clip_merges()});
  if (model || model.error().code() == ErrorCode::kNotFound) return {};
  return model.error();
}

Result<void> download_model(const CommonFlags& common, const hub::Settings& settings, const hub::ModelName& model,
                            const std::string& name) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
  std::unique_ptr<ProgressLine> line;
  const auto progress = [&](std::uint64_t done, std::uint64_t total, const std::string&) {
    if (!line) {
      line = std::make_unique<ProgressLine>("downloading (MB)", static_cast<std::int64_t>(total / kMegabyte + 1),
                                            common.quiet);
    }
    line->update(static_cast<std::int64_t>(done / kMegabyte), 0);
  };
  const auto done = hub::download(
      model, incoming_directory(name),
      {.settings = settings, .cancel = cancel, .progress = progress, .before_weights = check_configuration});
  if (line) line->finish();
  return done;
}

Result<Added> add_from_hub(const CommonFlags& common, const ModelAddFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, hub::resolve(flags.source));
  const std::string name = flags.name.empty() ? model.repository : flags.name;
  GLIMPSE_RETURN_IF_ERROR(check_name_is_free(name));
  GLIMPSE_ASSIGN_OR_RETURN(const hub::Settings settings, hub::settings_from_environment());
  if (const auto cached = hub::find_in_cache(settings.hub_cache, model)) {
    GLIMPSE_ASSIGN_OR_RETURN(auto info, check_model(*cached));
    GLIMPSE_ASSIGN_OR_RETURN(auto stored, link_model(*cached, name));
    return Added{std::move(stored), std::move(info), "used where Hugging Face's cache has it"};
  }
  GLIMPSE_RETURN_IF_ERROR(download_model(common, settings, model, name));
  GLIMPSE_ASSIGN_OR_RETURN(auto info, check_model(incoming_directory(name)));
  GLIMPSE_ASSIGN_OR_RETURN(auto stored, admit_model(name));
  return Added{std::move(stored), std::move(info), "downloaded"};
}

bool looks_like_path(const std::string& source) {
  std::error_code ignored;
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~') || fs::exists(source, ignored);
}

Result<Added> add(const CommonFlags& common, ModelAddFlags flags) {
  GLIMPSE_ASSIGN_OR_RETURN(flags.source, clean_name(flags.source));
  if (!flags.name.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(flags.name, clean_name(flags.name));
  }
  if (!looks_like_path(flags.source)) return add_from_hub(common, flags);
  std::error_code error;
  const auto source = fs::canonical(flags.source, error);
  if (!error) return add_directory(source, flags.name);
  return Error::not_found("{}: expected a model's directory, as huggingface_hub downloads it, or OpenAI's .pt archive",
                          flags.source);
}

}  // namespace

Result<ExitCode> run_model_add(const CommonFlags& common, const ModelAddFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const Added added, add(common, flags));
  if (common.json) {
    print_json({{"name", added.stored.name},
                {"family", added.info.family},
                {"dimension", added.info.embedding_dimension},
                {"directory", added.stored.directory.native()}});
  } else if (added.info.embedding_dimension == 0) {
    fmt::print(stderr, "added {} ({}; {}); 'glimpse caption FOLDER --model {}' writes captions with it\n",
               added.stored.name, added.info.family, added.how, added.stored.name);
  } else {
    fmt::print(stderr, "added {} ({}, dimension {}; {}); 'glimpse model use {}' switches the library to it\n",
               added.stored.name, added.info.family, added.info.embedding_dimension, added.how, added.stored.name);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
