#include "run_inputs.h"

#include <fmt/core.h>

#include "base/cpu.h"
#include "base/file.h"
#include "base/sha1.h"
#include "interrupt.h"
#include "paths.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 30;

/// Where things are: from the flags, and what they leave out from the run that goes on.
struct Places {
  fs::path source, pictures, guard, labelled, sentences, page;
  std::string model;
};

fs::path folder_of(const fs::path& source) {
  std::error_code ignored;
  const fs::path folder = fs::is_directory(source, ignored) ? source : source.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// "models/mine" of "models/mine/".
fs::path without_slash(const fs::path& path) { return path.filename().empty() ? path.parent_path() : path; }

fs::path whole_path(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return error ? path : whole;
}

Result<Places> places_of(const CommonFlags& common, const TrainFlags& flags,
                         const std::optional<train::StoredRun>& stored) {
  Places places{.source = flags.source,
                .pictures = flags.pictures,
                .guard = flags.guard,
                .labelled = flags.new_heads.labelled,
                .sentences = flags.new_heads.sentences,
                .page = flags.report,
                .model = common.model};
  if (stored) {
    if (places.source.empty()) {
      places.source = stored->source;
      if (places.pictures.empty()) places.pictures = stored->pictures;
    }
    if (places.guard.empty()) places.guard = stored->guard;
    if (places.labelled.empty()) places.labelled = stored->labelled;
    if (places.sentences.empty()) places.sentences = stored->sentences;
    if (places.page.empty()) places.page = stored->page;
    if (places.model.empty()) places.model = stored->model;
  }
  if (places.source.empty()) {
    return Error::invalid_argument("nothing to train on: give captioned pictures (a folder, or a table of captions)");
  }
  if (places.model.empty()) places.model = kDefaultModel;
  places.source = whole_path(places.source);
  places.pictures = whole_path(places.pictures.empty() ? folder_of(places.source) : places.pictures);
  for (fs::path* optional : {&places.guard, &places.labelled, &places.sentences, &places.page}) {
    if (!optional->empty()) *optional = whole_path(*optional);
  }
  return places;
}

Result<train::Dataset> look_at(const evaluate::GroundTruth& truth, const fs::path& folder, const CommonFlags& common) {
  ProgressLine line("looking at", static_cast<std::int64_t>(truth.pictures.size()), common.quiet);
  auto data = train::survey(truth, folder,
                            {.threads = common.threads > 0 ? common.threads : available_cpus(),
                             .cancel = &interruption(),
                             .progress = [&](std::size_t done) { line.update(static_cast<std::int64_t>(done), 0); }});
  line.finish();
  return data;
}

void say_problems(const train::DataIdentity& data) {
  const train::DataProblems& p = data.problems;
  for (const std::string& remark : p.remarks) fmt::print(stderr, "{}\n", remark);
  const auto say = [](const char* what, std::size_t count) {
    if (count > 0) fmt::print(stderr, "{}: {}\n", what, human_count(static_cast<std::int64_t>(count)));
  };
  say("pictures that are missing, left out", p.missing);
  say("pictures that cannot be read, left out", p.unreadable);
  say("broken records, left out", p.broken);
  say("of these for an empty caption", p.empty_captions);
  say("captions that are there twice for their picture, which count once", p.repeated_captions);
  say("captions that belong to several pictures, which never meet in one batch", p.shared_captions);
  say("pictures that are copies of others, on the same side of the split as they", p.duplicate_pictures);
  say("pictures that are nearly the same as others, on the same side of the split", p.similar_pictures);
}

struct ReadData {
  train::Dataset data;
  train::DataIdentity identity;
};

Result<ReadData> read_data(const fs::path& source, const fs::path& folder, const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto truth, evaluate::read_ground_truth(source));
  GLIMPSE_ASSIGN_OR_RETURN(auto data, look_at(truth, folder, common));
  auto identity = identity_of(data, source, truth.form);
  say_problems(identity);
  return ReadData{std::move(data), std::move(identity)};
}

Result<void> read_model(const CommonFlags& common, const std::string& name, RunInputs& inputs) {
  GLIMPSE_ASSIGN_OR_RETURN(inputs.stored, find_model(name));
  GLIMPSE_ASSIGN_OR_RETURN(
      inputs.model, models::open_dual_encoder(
                        inputs.stored.directory,
                        {.params_path = common.params, .clip_merges = clip_merges(), .cache_dir = cache_directory()}));
  const auto& info = inputs.model->info();
  inputs.record.model = {inputs.stored.name, inputs.stored.directory, info.family, info.fingerprint};
  if (info.embedding_dimension > 0) return {};
  return Error::unsupported("{}: it has no embeddings, but writes captions: give a model with two towers",
                            inputs.stored.name);
}

/// Of a file that is learnt from beside the data; none where none was named.
Result<std::optional<train::FileIdentity>> read_identity(const fs::path& file) {
  if (file.empty()) return std::optional<train::FileIdentity>();
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMostFileBytes));
  return std::optional(train::FileIdentity{.source = file, .sha1 = sha1(text)});
}

/// Chosen, not measured: heads see little of what a look changes; blocks see more, and theirs are large to keep.
int versions_of(const TrainFlags& flags) {
  if (flags.given.contains("versions") || flags.scope == "new-heads") return flags.new_heads.versions;
  return flags.scope == "heads" ? 4 : 0;
}

}  // namespace

std::string model_name(const TrainFlags& flags) { return without_slash(flags.out).filename().native(); }

fs::path run_directory(const TrainFlags& flags) {
  return flags.run.empty() ? fs::path(without_slash(flags.out).native() + ".run") : flags.run;
}

Result<std::string> scope_of(const TrainFlags& flags) {
  if (!flags.resume || flags.given.contains("scope")) return flags.scope;
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, train::read_run(run_directory(flags)));
  return stored.settings.scope;
}

train::Settings settings_of(const TrainFlags& flags) {
  train::Settings settings = {.scope = flags.scope,
                              .epochs = flags.epochs,
                              .batch = flags.batch,
                              .micro_batch = flags.micro_batch,
                              .lr = flags.lr,
                              .head_rate = flags.head_rate,
                              .weight_decay = flags.weight_decay,
                              .max_gradient_norm = flags.max_gradient_norm,
                              .warmup = flags.warmup,
                              .loss = flags.loss,
                              .precision = flags.precision,
                              .augment = flags.augment,
                              .versions = versions_of(flags),
                              .seed = flags.seed,
                              .patience = flags.patience,
                              .checkpoint_every = flags.checkpoint_every,
                              .validation_share = flags.validation_share,
                              .test_share = flags.test_share,
                              .split_by = flags.split_by,
                              .wise = flags.wise,
                              .guard_tolerance = flags.guard_tolerance,
                              .heads = flags.new_heads.heads,
                              .sentence_weight = flags.new_heads.sentence_weight};
  if (flags.scope != "new-heads") return settings;
  // Linear heads on features that are there already: many quick epochs of large batches.
  if (!flags.given.contains("epochs")) settings.epochs = 60;
  if (!flags.given.contains("batch")) settings.batch = 256;
  if (!flags.given.contains("lr")) settings.lr = 1e-3;
  if (!flags.given.contains("weight-decay")) settings.weight_decay = 0.01;
  return settings;
}

Result<RunInputs> read_inputs(const CommonFlags& common, const TrainFlags& flags) {
  RunInputs inputs;
  inputs.settings = settings_of(flags);
  inputs.run = run_directory(flags);
  std::optional<train::StoredRun> stored;
  if (flags.resume) {
    GLIMPSE_ASSIGN_OR_RETURN(stored, train::read_run(inputs.run));
    GLIMPSE_ASSIGN_OR_RETURN(inputs.settings, train::resumed_settings(stored->settings, inputs.settings, flags.given));
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto split_options, train::split_options(inputs.settings));
  GLIMPSE_RETURN_IF_ERROR(train::fixed_blend(inputs.settings));
  if (inputs.settings.scope == "new-heads" && inputs.settings.versions < 1) {
    return Error::invalid_argument("--versions 0: new heads are fitted to looks that are kept: give at least 1");
  }
  GLIMPSE_ASSIGN_OR_RETURN(const Places places, places_of(common, flags, stored));
  GLIMPSE_RETURN_IF_ERROR(read_model(common, places.model, inputs));
  GLIMPSE_ASSIGN_OR_RETURN(auto read, read_data(places.source, places.pictures, common));
  inputs.data = std::move(read.data);
  inputs.record.settings = inputs.settings;
  inputs.record.page = places.page;
  inputs.record.data = std::move(read.identity);
  GLIMPSE_ASSIGN_OR_RETURN(inputs.split, train::split(inputs.data, split_options));
  inputs.record.part_sha1 = inputs.split.sha1;
  for (std::size_t part = 0; part < inputs.split.members.size(); ++part) {
    inputs.record.part_sizes[part] = inputs.split.members[part].size();
  }
  if (!places.guard.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(auto guard, read_data(places.guard, folder_of(places.guard), common));
    inputs.guard = std::move(guard.data);
    inputs.record.guard = std::move(guard.identity);
  }
  if (inputs.settings.scope == "new-heads") {
    GLIMPSE_ASSIGN_OR_RETURN(inputs.record.labelled, read_identity(places.labelled));
    GLIMPSE_ASSIGN_OR_RETURN(inputs.record.sentences, read_identity(places.sentences));
  }
  if (stored) GLIMPSE_RETURN_IF_ERROR(check_same_run(*stored, inputs.record));
  return inputs;
}

Result<void> begin_run(const RunInputs& inputs) {
  std::error_code error;
  if (fs::exists(inputs.run / "run.json", error)) {
    return Error::already_exists("{} holds a run: --resume goes on with it; or remove it, or say another --run-dir",
                                 display(inputs.run));
  }
  fs::create_directories(inputs.run, error);
  if (error) return Error::io("{}: {}", display(inputs.run), error.message());
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, train::split_options(inputs.settings));
  GLIMPSE_RETURN_IF_ERROR(
      write_file_atomically(inputs.run / "split.csv", train::split_table(inputs.data, inputs.split, options.key)));
  return write_file_atomically(inputs.run / "run.json", train::record_text(inputs.record));
}

}  // namespace glimpse::app
