#include "train/settings.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace glimpse::train {
namespace {

using nlohmann::ordered_json;

/// Calls visit(name, member) for each setting: the one list of them.
template <typename S, typename V>
void for_each_setting(S& s, V visit) {
  visit("scope", s.scope);
  visit("epochs", s.epochs);
  visit("batch", s.batch);
  visit("micro-batch", s.micro_batch);
  visit("lr", s.lr);
  visit("head-rate", s.head_rate);
  visit("weight-decay", s.weight_decay);
  visit("max-gradient-norm", s.max_gradient_norm);
  visit("warmup", s.warmup);
  visit("loss", s.loss);
  visit("precision", s.precision);
  visit("augment", s.augment);
  visit("versions", s.versions);
  visit("seed", s.seed);
  visit("patience", s.patience);
  visit("checkpoint-every", s.checkpoint_every);
  visit("validation-share", s.validation_share);
  visit("test-share", s.test_share);
  visit("split-by", s.split_by);
  visit("wise", s.wise);
  visit("guard-tolerance", s.guard_tolerance);
  if (s.scope != "new-heads") return;
  visit("heads", s.heads);
  visit("sentence-weight", s.sentence_weight);
}

ordered_json json_of(const Settings& settings) {
  ordered_json json = ordered_json::object();
  for_each_setting(settings, [&](const char* name, const auto& value) { json[name] = value; });
  return json;
}

}  // namespace

std::string settings_text(const Settings& settings) { return json_of(settings).dump(); }

Result<Settings> read_settings(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  Settings settings;
  std::string problem;
  for_each_setting(settings, [&](const char* name, auto& value) {
    if (!json.is_object() || !json.contains(name)) {
      problem = fmt::format("'{}' is missing", name);
      return;
    }
    try {
      json[name].get_to(value);
    } catch (const nlohmann::json::exception& error) {
      problem = fmt::format("'{}': {}", name, error.what());
    }
  });
  if (!problem.empty()) return Error::corruption("settings of the run: {}", problem);
  return settings;
}

Result<Settings> resumed_settings(const Settings& stored, const Settings& asked, const std::set<std::string>& given) {
  const ordered_json was = json_of(stored), is = json_of(asked);
  for (const auto& [name, value] : was.items()) {
    if (!given.contains(name) || value == is[name]) continue;
    return Error::invalid_argument("--{} {}: this run began with {}: leave it out to go on, or begin another run", name,
                                   is[name].dump(), value.dump());
  }
  return stored;
}

Result<LoopSettings> loop_settings(const Settings& settings) {
  GLIMPSE_ASSIGN_OR_RETURN(const Augmentation augmentation, parse_augmentation(settings.augment));
  return LoopSettings{.epochs = settings.epochs,
                      .batch = static_cast<std::size_t>(settings.batch),
                      .learning_rate = settings.lr,
                      .warmup = settings.warmup,
                      .patience = settings.patience,
                      .checkpoint_every = settings.checkpoint_every,
                      .seed = settings.seed,
                      .augmentation = augmentation,
                      .versions = static_cast<std::uint64_t>(settings.versions),
                      .decode_threads = 1};
}

Result<SplitOptions> split_options(const Settings& settings) {
  if (settings.split_by != "name" && settings.split_by != "content") {
    return Error::invalid_argument("--split-by {}: expected name or content", settings.split_by);
  }
  return SplitOptions{.validation = settings.validation_share,
                      .test = settings.test_share,
                      .key = settings.split_by == "name" ? SplitKey::kName : SplitKey::kContent};
}

Result<std::optional<double>> fixed_blend(const Settings& settings) {
  if (settings.wise == "auto") return std::optional<double>();
  if (settings.wise == "off") return std::optional(1.0);
  const char* end = settings.wise.data() + settings.wise.size();
  double alpha = -1;
  const auto [stop, error] = std::from_chars(settings.wise.data(), end, alpha);
  if (error == std::errc() && stop == end && alpha >= 0 && alpha <= 1) return std::optional(alpha);
  return Error::invalid_argument("--wise {}: expected auto, off, or a number from 0 (the original) to 1 (the trained)",
                                 settings.wise);
}

}  // namespace glimpse::train
