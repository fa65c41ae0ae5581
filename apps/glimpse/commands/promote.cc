#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.h"
#include "commands.h"
#include "json_text.h"
#include "library/library.h"
#include "library/writer_lock.h"
#include "model_store.h"
#include "promote/promotion.h"
#include "promote/steps.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

Result<library::Generation> active_generation(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  if (status.active) return *status.active;
  return Error::not_found("{} answers with no model yet: 'glimpse index FOLDER' first", display(common.library));
}

fs::path absolute_of(const fs::path& path) {
  std::error_code ignored;
  return path.empty() ? path : fs::absolute(path, ignored).lexically_normal();
}

Result<Promotion> begin(const CommonFlags& common, const PromoteFlags& flags) {
  if (flags.source.empty()) return Error::invalid_argument("say what to learn from: glimpse promote DATA");
  std::error_code ignored;
  if (!fs::exists(flags.source, ignored)) return Error::not_found("{}: no such file or folder", display(flags.source));
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, active_generation(common));
  Promotion promotion;
  promotion.old_model = active.model;
  promotion.old_fingerprint = active.fingerprint;
  promotion.old_directory = active.model_directory;
  if (!flags.name.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(promotion.name, clean_name(flags.name));
    if (promotion.name.find('/') != std::string::npos || promotion.name.front() == '.') {
      return Error::invalid_argument("--name {}: expected a name without '/' that does not begin with '.'",
                                     promotion.name);
    }
  }
  promotion.source = absolute_of(flags.source);
  promotion.pictures = absolute_of(flags.pictures);
  promotion.guard = absolute_of(flags.guard);
  promotion.guard_tolerance = flags.guard_tolerance;
  promotion.settings = flags.settings;
  return begin_promotion(common.library, std::move(promotion));
}

Result<Promotion> unfinished(const CommonFlags& common, const std::string& id) {
  if (!id.empty()) return load_promotion(common.library, id);
  auto all = promotions(common.library);
  const auto newest = std::find_if(all.rbegin(), all.rend(), [](const Promotion& p) { return !p.ended(); });
  if (newest != all.rend()) return *newest;
  return Error::not_found("no run of {} waits to be gone on with", display(common.library));
}

/// Going on is right only for a library that still answers with the model that the run began with, or already with the
/// one that it made.
Result<void> check_library(const CommonFlags& common, const Promotion& promotion) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, active_generation(common));
  if (active.fingerprint == promotion.old_fingerprint || active.fingerprint == promotion.new_fingerprint) return {};
  return Error::invalid_argument(
      "run {} began from {}, and the library now answers with {}: begin a new run, or 'glimpse model use {}' first",
      promotion.id, promotion.old_model, active.model, display(promotion.old_directory));
}

Result<void> advance(const CommonFlags& common, const PromoteFlags& flags, Promotion& promotion) {
  if (promotion.state == PromotionState::kTraining) GLIMPSE_RETURN_IF_ERROR(train_step(common, promotion));
  if (promotion.state == PromotionState::kComparing) GLIMPSE_RETURN_IF_ERROR(compare_step(common, promotion));
  if (promotion.state != PromotionState::kSwitching) return {};
  if (!flags.keep_model) return switch_step(common, promotion);
  promotion.state = PromotionState::kKept;
  return save(promotion);
}

/// Why it could not go on. A run whose training never began leaves nothing behind.
Error failure_of(const Promotion& promotion, const Error& error) {
  std::error_code ignored;
  if (promotion.state == PromotionState::kTraining && !fs::exists(promotion.training_run() / "run.json", ignored)) {
    fs::remove_all(promotion.directory, ignored);
    return error;
  }
  return error.with_context(fmt::format("run {} ('glimpse promote --resume' goes on with it)", promotion.id));
}

void print(const CommonFlags& common, const Promotion& promotion) {
  if (common.json) return print_json(json_of(promotion));
  fmt::print("{}\n", promotion.reason);
  switch (promotion.state) {
    case PromotionState::kPromoted:
      fmt::print("the library now answers with {}; 'glimpse model rollback' goes back to {}\n", promotion.name,
                 promotion.old_model);
      break;
    case PromotionState::kKept:
      fmt::print("{} is better and waits: 'glimpse model use {}' switches to it\n", promotion.name,
                 display(promotion.model()));
      break;
    default:
      fmt::print("{} stays; the new model is kept in {}\n", promotion.old_model, display(promotion.model()));
  }
  fmt::print("both side by side: {}\n", display(promotion.directory / "comparison.html"));
}

}  // namespace

// Every step is recorded when it is done, and can be done again when it was not: whatever happens, the library answers
// with the old model or with the new one, and --resume goes on.
Result<ExitCode> run_promote(const CommonFlags& common, const PromoteFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto promotion, flags.resume ? unfinished(common, flags.run) : begin(common, flags));
  const auto lock = library::WriterLock::acquire(promotion.directory / "lock");
  if (!lock) {
    if (lock.error().code() != ErrorCode::kUnavailable) return lock.error();
    return Error::unavailable("another process works on run {}", promotion.id);
  }
  if (!promotion.ended()) {
    GLIMPSE_RETURN_IF_ERROR(check_library(common, promotion));
    if (!common.quiet) fmt::print(stderr, "run {}: from {} to {}\n", promotion.id, promotion.old_model, promotion.name);
    if (auto advanced = advance(common, flags, promotion); !advanced) return failure_of(promotion, advanced.error());
  }
  print(common, promotion);
  return promotion.state == PromotionState::kRejected ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
