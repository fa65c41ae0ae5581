#include "open_model.h"

#include <utility>

#include "base/file.h"
#include "paths.h"

namespace glimpse::app {

Result<encode::EncoderOptions> encoder_options(const CommonFlags& flags) {
  encode::EncoderOptions options{.precision = std::nullopt,
                                 .threads = flags.threads,
                                 .params_path = flags.params,
                                 .clip_merges = clip_merges(),
                                 .cache_dir = cache_directory()};
  if (flags.precision != "auto") {
    GLIMPSE_ASSIGN_OR_RETURN(options.precision, runtime::parse_precision(flags.precision));
  }
  return options;
}

namespace {

Result<OpenModel> open_stored(const CommonFlags& flags, StoredModel stored) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, encoder_options(flags));
  GLIMPSE_ASSIGN_OR_RETURN(auto encoder, encode::Encoder::open(stored.directory, options));
  return OpenModel{std::move(stored), std::move(encoder)};
}

}  // namespace

Result<OpenModel> open_model(const CommonFlags& flags, const std::string& otherwise) {
  GLIMPSE_ASSIGN_OR_RETURN(auto stored, find_model(flags.model.empty() ? otherwise : flags.model));
  return open_stored(flags, std::move(stored));
}

Result<OpenModel> open_library_model(const CommonFlags& flags, const library::Generation& active) {
  Result<OpenModel> opened = flags.model.empty() ? open_stored(flags, {active.model, active.model_directory})
                                                 : open_model(flags, active.model);
  GLIMPSE_RETURN_IF_ERROR(opened);
  const std::string& found = opened->encoder->info().fingerprint;
  if (found != active.fingerprint) {
    return Error::invalid_argument(
        "the library's vectors were made by model '{}' with fingerprint {}, but the one in {} has {}: run 'glimpse "
        "model "
        "use {}' to embed the library with it",
        active.model, active.fingerprint, display(opened->stored.directory), found, opened->stored.name);
  }
  return opened;
}

}  // namespace glimpse::app
