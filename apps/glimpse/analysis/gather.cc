#include "analysis/gather.h"

#include <fmt/core.h>

#include <algorithm>

#include "analysis/read_pictures.h"
#include "analyze/token_count.h"
#include "base/file.h"
#include "evaluate/ground_truth.h"
#include "interrupt.h"
#include "model_store.h"
#include "open_model.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// What the library has of the folder; null: nothing. Analysing needs no library: a damaged one is said and left alone.
std::unique_ptr<StoredVectors> stored_vectors(const CommonFlags& common, const AnalyzeFlags& flags,
                                              std::vector<std::string>& remarks) {
  if (flags.no_model) return nullptr;
  auto stored = StoredVectors::of(common.library, flags.folder);
  if (stored) return *std::move(stored);
  remarks.push_back(fmt::format("the library's vectors are not used: {}", stored.error().message()));
  return nullptr;
}

/// The model to look through: the one that is named; else the library's, where it has the folder; else the default, if
/// it can be opened; none when it is not wanted.
Result<std::optional<OpenModel>> chosen_model(const CommonFlags& common, const AnalyzeFlags& flags,
                                              const StoredVectors* stored, std::vector<std::string>& left_out) {
  const std::string what = "Groups, the map, similar pictures and badly fitting captions need a model";
  if (flags.no_model) {
    left_out.push_back(what + ": run again without --no-model.");
    return std::optional<OpenModel>();
  }
  if (common.model.empty() && stored != nullptr && stored->active()) {
    if (auto own = open_library_model(common, *stored->active())) return std::optional(std::move(*own));
  }
  auto model = open_model(common, kDefaultModel);
  if (model) return std::optional(std::move(*model));
  if (!common.model.empty()) return std::move(model).error();
  left_out.push_back(fmt::format("{}, and none is here ({}): add one with 'glimpse model add', or say --model.", what,
                                 model.error().message()));
  return std::optional<OpenModel>();
}

/// The captions that are named; else those of the folder, if it has any.
Result<std::optional<evaluate::GroundTruth>> chosen_captions(const AnalyzeFlags& flags,
                                                             std::vector<std::string>& left_out) {
  using evaluate::TruthForm;
  if (!flags.captions.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(auto truth, evaluate::read_ground_truth(flags.captions));
    return std::optional(std::move(truth));
  }
  auto found = evaluate::read_ground_truth(flags.folder);
  if (found && found->form != TruthForm::kFolders) return std::optional(*std::move(found));
  const bool damaged = !found && found.error().code() != ErrorCode::kUnsupported;
  left_out.push_back(fmt::format(
      "Everything about captions needs captions, and the folder has none{}: write them with 'glimpse caption', or name "
      "a table with --captions (file_name,caption).",
      damaged ? fmt::format(" that can be read ({})", found.error().message()) : ""));
  return std::optional<evaluate::GroundTruth>();
}

Result<analyze::Matrix> embed_texts(const std::vector<std::string>& texts, encode::Encoder& encoder, bool quiet) {
  analyze::Matrix rows{.dimension = static_cast<std::size_t>(encoder.info().embedding_dimension), .values = {}};
  ProgressLine line("embedding captions", static_cast<std::int64_t>(texts.size()), quiet);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (interruption().cancelled()) return Error::cancelled("interrupted; nothing was written");
    // A query may be no longer; far more than any model reads.
    const std::string_view start = std::string_view(texts[i]).substr(0, encode::kMaxQueryBytes);
    GLIMPSE_ASSIGN_OR_RETURN(const auto vector, encoder.embed_text(start));
    rows.values.insert(rows.values.end(), vector.begin(), vector.end());
    line.update(static_cast<std::int64_t>(i + 1), 0);
  }
  line.finish();
  return rows;
}

void say_what_is_missing(Gathered& gathered, const std::optional<evaluate::GroundTruth>& truth, bool model) {
  if (truth && gathered.material.captions->links.empty()) {
    gathered.left_out.emplace_back(truth->texts.empty() ? "Not one record has a caption that can be read."
                                                        : "The captions speak of no picture of this folder: compare "
                                                          "the names in the table with those of the files.");
    gathered.material.captions.reset();
  }
  if (model && gathered.material.pictures.empty()) {
    gathered.left_out.push_back("No picture could be read, so there is nothing to group or to map.");
  }
}

}  // namespace

Result<Gathered> gather(const CommonFlags& common, const AnalyzeFlags& flags) {
  std::error_code ignored;
  if (fs::is_regular_file(flags.folder, ignored)) {
    return Error::invalid_argument("{}: expected a folder of pictures; a table of captions goes by --captions",
                                   display(flags.folder));
  }
  Gathered gathered;
  gathered.material.folder = flags.folder;
  const auto stored = stored_vectors(common, flags, gathered.remarks);
  GLIMPSE_ASSIGN_OR_RETURN(auto model, chosen_model(common, flags, stored.get(), gathered.left_out));
  VectorSources sources{.encoder = model ? model->encoder.get() : nullptr};
  if (stored && model) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool same_model, stored->choose(model->encoder->info().fingerprint));
    if (same_model) sources.stored = stored.get();
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto truth, chosen_captions(flags, gathered.left_out));
  GLIMPSE_ASSIGN_OR_RETURN(gathered.from_library, read_pictures(flags.folder, sources, common, gathered.material));
  if (truth) {
    const bool is_folder = flags.captions.empty() || fs::is_directory(flags.captions, ignored);
    const fs::path beside = flags.captions.empty() ? flags.folder
                            : is_folder            ? flags.captions
                                                   : flags.captions.parent_path();
    gathered.material.captions = match_captions(*truth, gathered.material.pictures, flags.folder, beside);
    gathered.remarks.insert(gathered.remarks.end(), truth->remarks.begin(), truth->remarks.end());
  }
  say_what_is_missing(gathered, truth, model.has_value());
  if (!model) return gathered;
  gathered.model = model->stored.name;
  const bool all_stored = gathered.from_library > 0 && gathered.from_library == gathered.material.pictures.size();
  gathered.precision = all_stored ? "stored" : name_of(model->encoder->picture_precision());
  if (!gathered.material.captions) return gathered;
  GLIMPSE_ASSIGN_OR_RETURN(auto tokenizer, model->encoder->tokenizer());
  gathered.material.tokens = analyze::counter_of(std::move(tokenizer));
  GLIMPSE_ASSIGN_OR_RETURN(gathered.material.text_vectors,
                           embed_texts(gathered.material.captions->texts, *model->encoder, common.quiet));
  return gathered;
}

}  // namespace glimpse::app
