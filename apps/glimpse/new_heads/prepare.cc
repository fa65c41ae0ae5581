#include "new_heads/prepare.h"

#include <fmt/core.h>

#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "heads/material_files.h"
#include "interrupt.h"
#include "new_heads/head_material.h"
#include "new_heads/labelled.h"
#include "paths.h"
#include "run_inputs.h"
#include "run_lock.h"
#include "train/model_writer.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMostSentenceBytes = std::uint64_t{1} << 30;

/// The lines of a file that are not blank.
Result<std::vector<std::string>> read_sentences(const fs::path& file) {
  std::vector<std::string> sentences;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMostSentenceBytes));
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos) sentences.push_back(std::move(line));
    begin = end + 1;
  }
  return sentences;
}

Result<void> keep(const heads::Material& material, const fs::path& place) {
  const fs::path fresh = place.native() + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (error) return Error::io("{}: {}", display(fresh), error.message());
  GLIMPSE_RETURN_IF_ERROR(heads::write_material(fresh, material));
  GLIMPSE_RETURN_IF_ERROR(rename_to_free_name(fresh, place));
  return sync_directory(place.parent_path());
}

}  // namespace

Result<void> prepare_new_heads(const CommonFlags& common, const TrainFlags& flags) {
  std::error_code ignored;
  const fs::path run = run_directory(flags), place = run / "material";
  if (flags.resume && (fs::exists(place, ignored) || fs::exists(flags.out, ignored))) return {};
  GLIMPSE_RETURN_IF_ERROR(train::check_target(flags.out));
  GLIMPSE_ASSIGN_OR_RETURN(const RunInputs inputs, read_inputs(common, flags));
  if (inputs.model->info().family != "dual") {
    return Error::unsupported(
        "--scope new-heads: {} is of family {}, and only a dual encoder of two frozen towers has "
        "heads of their own: give --scope heads",
        inputs.stored.name, inputs.model->info().family);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto loop, train::loop_settings(inputs.settings));
  GLIMPSE_RETURN_IF_ERROR(train::check_batches(inputs.data, inputs.split, loop));
  HeadSources sources{
      .data = &inputs.data, .split = &inputs.split, .labelled = {}, .labelled_folder = {}, .sentences = {}};
  if (const auto& file = inputs.record.sentences) {
    GLIMPSE_ASSIGN_OR_RETURN(sources.sentences, read_sentences(file->source));
  }
  if (const auto& file = inputs.record.labelled) {
    sources.labelled_folder = inputs.data.folder;
    GLIMPSE_ASSIGN_OR_RETURN(sources.labelled,
                             read_labelled(file->source, sources.labelled_folder, inputs.data, inputs.split));
  }
  if (!flags.resume) GLIMPSE_RETURN_IF_ERROR(begin_run(inputs));
  GLIMPSE_ASSIGN_OR_RETURN(const RunLock lock, RunLock::take(run));
  if (fs::exists(place, ignored)) return {};  // another process has just made it
  HeadMaterialOptions options{
      .features = {.threads = common.threads, .cache_dir = cache_directory(), .cancel = &interruption()},
      .versions = inputs.settings.versions,
      .seed = inputs.settings.seed,
      .quiet = common.quiet};
  GLIMPSE_ASSIGN_OR_RETURN(const auto material, make_head_material(inputs.stored.directory, sources, options));
  return keep(material, place);
}

}  // namespace glimpse::app
