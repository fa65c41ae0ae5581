#include "promote/promotion.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr const char* kRecord = "promotion.json";
constexpr std::uint64_t kMaxRecordBytes = 64 << 20;
constexpr std::array<std::string_view, 6> kStates = {"training",  "comparing", "rejected",
                                                     "switching", "kept",      "promoted"};

fs::path runs_of(const fs::path& library) { return library / "runs"; }

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
}

Result<Promotion> parse(const ordered_json& json, const fs::path& directory) {
  Promotion p;
  p.id = directory.filename().native();
  p.directory = directory;
  const auto state = std::ranges::find(kStates, json.at("state").get<std::string>());
  if (state == kStates.end()) return Error::corruption("unknown state {}", json.at("state").dump());
  p.state = static_cast<PromotionState>(state - kStates.begin());
  p.old_model = json.at("old").at("model").get<std::string>();
  p.old_fingerprint = json.at("old").at("fingerprint").get<std::string>();
  p.old_directory = json.at("old").at("directory").get<std::string>();
  p.name = json.at("new").at("model").get<std::string>();
  p.new_fingerprint = json.at("new").at("fingerprint").get<std::string>();
  p.source = json.at("data").at("source").get<std::string>();
  p.pictures = json.at("data").at("pictures").get<std::string>();
  p.guard = json.at("data").at("guard").get<std::string>();
  p.guard_tolerance = json.at("data").at("guard_tolerance").get<double>();
  p.settings = json.at("settings").get<std::vector<std::string>>();
  p.training = json.at("training");
  p.comparison = json.at("comparison");
  p.reason = json.at("reason").get<std::string>();
  return p;
}

Result<Promotion> load(const fs::path& directory) {
  const fs::path file = directory / kRecord;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxRecordBytes));
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) return Error::corruption("{}: expected JSON", display(file));
  if (json.value("format", 0) != kFormat) {
    return Error::unsupported("{}: expected format {}, got {}", display(file), kFormat, json.value("format", 0));
  }
  try {
    auto promotion = parse(json, directory);
    return promotion ? std::move(promotion) : promotion.error().with_context(display(file));
  } catch (const ordered_json::exception& error) {
    return Error::corruption("{}: {}", display(file), error.what());
  }
}

}  // namespace

std::string_view name_of(PromotionState state) { return kStates[static_cast<std::size_t>(state)]; }

bool Promotion::ended() const {
  return state == PromotionState::kRejected || state == PromotionState::kKept || state == PromotionState::kPromoted;
}

Result<Promotion> begin_promotion(const fs::path& library, Promotion promotion) {
  std::error_code error;
  fs::create_directories(runs_of(library), error);
  const std::string time = fmt::format("{:%Y%m%d-%H%M%S}", fmt::gmtime(std::time(nullptr)));
  for (int number = 1; !error && promotion.id.empty(); ++number) {
    const std::string id = number == 1 ? time : fmt::format("{}-{}", time, number);
    if (fs::create_directory(runs_of(library) / id, error)) promotion.id = id;
  }
  if (error) return Error::io("{}: {}", display(runs_of(library)), error.message());
  promotion.directory = runs_of(library) / promotion.id;
  if (promotion.name.empty()) promotion.name = fmt::format("{}-{}", promotion.old_model, promotion.id);
  GLIMPSE_RETURN_IF_ERROR(save(promotion));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(runs_of(library)));
  return promotion;
}

ordered_json json_of(const Promotion& p) {
  return {
      {"format", kFormat},
      {"id", p.id},
      {"state", name_of(p.state)},
      {"old", {{"model", p.old_model}, {"fingerprint", p.old_fingerprint}, {"directory", display(p.old_directory)}}},
      {"new", {{"model", p.name}, {"fingerprint", p.new_fingerprint}, {"directory", display(p.model())}}},
      {"data",
       {{"source", display(p.source)},
        {"pictures", display(p.pictures)},
        {"guard", display(p.guard)},
        {"guard_tolerance", p.guard_tolerance}}},
      {"settings", p.settings},
      {"training", p.training},
      {"comparison", p.comparison},
      {"reason", p.reason}};
}

Result<void> save(const Promotion& promotion) {
  const std::string text = json_of(promotion).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  return write_file_atomically(promotion.directory / kRecord, std::string_view(text));
}

Result<Promotion> load_promotion(const fs::path& library, const std::string& id) {
  std::error_code ignored;
  if (is_id(id) && fs::exists(runs_of(library) / id / kRecord, ignored)) return load(runs_of(library) / id);
  return Error::not_found("no run '{}' in {}: 'glimpse runs' lists them", valid_utf8(id), display(runs_of(library)));
}

std::vector<Promotion> promotions(const fs::path& library) {
  std::vector<Promotion> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs_of(library), error)) {
    if (!is_id(entry.path().filename().native()) || !fs::exists(entry.path() / kRecord, error)) continue;
    auto promotion = load(entry.path());
    if (promotion) {
      all.push_back(*std::move(promotion));
    } else {
      fmt::print(stderr, "{}\n", valid_utf8(promotion.error().message()));
    }
  }
  std::ranges::sort(all, {}, &Promotion::id);
  return all;
}

}  // namespace glimpse::app
