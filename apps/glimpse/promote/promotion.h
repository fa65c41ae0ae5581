#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

enum class PromotionState { kTraining, kComparing, kRejected, kSwitching, kKept, kPromoted };
/// "training", "comparing", "rejected", "switching", "kept" (it passed, and was not to be switched to), "promoted"
std::string_view name_of(PromotionState state);

/// A run from captioned pictures to a model that the library answers with: LIBRARY/runs/ID/promotion.json, beside it
/// the training's run, the comparison's report and the new model. See docs/formats/promotion.md.
struct Promotion {
  std::string id;                   ///< Its time, as 20261126-163107.
  std::filesystem::path directory;  ///< LIBRARY/runs/ID
  PromotionState state = PromotionState::kTraining;

  std::string old_model, old_fingerprint;  ///< What the library answered with.
  std::filesystem::path old_directory;
  std::string name;  ///< Of the new model, and of its directory.
  std::string new_fingerprint;

  std::filesystem::path source, pictures, guard;  ///< Absolute; the last two may be empty.
  double guard_tolerance = 0;
  std::vector<std::string> settings;  ///< As `glimpse train` got them.

  nlohmann::ordered_json training;    ///< Of train's report: settings, data, curve, results. Null until then.
  nlohmann::ordered_json comparison;  ///< Measures of both on the held-out pictures, verdict. Null until then.
  std::string reason;                 ///< Why it was rejected, or let pass.

  std::filesystem::path model() const { return directory / name; }
  std::filesystem::path training_run() const { return directory / "train"; }
  bool ended() const;
};

/// Makes the directory of a new run, under an id that none has. Errors: io.
Result<Promotion> begin_promotion(const std::filesystem::path& library, Promotion promotion);
/// Writes promotion.json, atomically.
Result<void> save(const Promotion& promotion);
nlohmann::ordered_json json_of(const Promotion& promotion);

/// Errors: not_found; corruption.
Result<Promotion> load_promotion(const std::filesystem::path& library, const std::string& id);
/// All of a library, the oldest first. What cannot be read is left out and said on standard error.
std::vector<Promotion> promotions(const std::filesystem::path& library);

}  // namespace glimpse::app
