#include "train/run_record.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/sha1.h"
#include "train/record_json.h"

namespace glimpse::train {
namespace {

constexpr std::uint64_t kMaxRecordBytes = 16 << 20;
constexpr int kFormat = 1;

std::string form_name(evaluate::TruthForm form) {
  switch (form) {
    case evaluate::TruthForm::kDetect:
      return "detect";
    case evaluate::TruthForm::kTable:
      return "table";
    case evaluate::TruthForm::kCoco:
      return "coco";
    case evaluate::TruthForm::kFlickr:
      return "flickr";
    case evaluate::TruthForm::kTexts:
      return "texts";
    case evaluate::TruthForm::kFolders:
      return "folders";
    case evaluate::TruthForm::kQueries:
      return "queries";
  }
  return "detect";
}

ordered_json json_of(const FileIdentity& file) { return {{"source", display(file.source)}, {"sha1", file.sha1}}; }

std::string text_of(const ordered_json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
}

std::string text_at(const ordered_json& json, const char* object, const char* key) {
  const auto found = json.find(object);
  return found != json.end() && found->is_object() ? text_of(*found, key) : std::string();
}

}  // namespace

DataIdentity identity_of(const Dataset& data, const std::filesystem::path& source, evaluate::TruthForm form) {
  return {.source = source,
          .pictures = data.folder,
          .form = form_name(form),
          .sha1 = data.sha1,
          .picture_count = data.pictures.size(),
          .caption_count = data.captions.size(),
          .problems = data.problems};
}

ordered_json json_of(const DataIdentity& data) {
  const DataProblems& problems = data.problems;
  return {{"source", display(data.source)},
          {"pictures", display(data.pictures)},
          {"form", data.form},
          {"sha1", data.sha1},
          {"picture_count", data.picture_count},
          {"caption_count", data.caption_count},
          {"problems",
           {{"missing", problems.missing},
            {"unreadable", problems.unreadable},
            {"broken", problems.broken},
            {"empty_captions", problems.empty_captions},
            {"repeated_captions", problems.repeated_captions},
            {"shared_captions", problems.shared_captions},
            {"duplicate_pictures", problems.duplicate_pictures},
            {"similar_pictures", problems.similar_pictures},
            {"remarks", problems.remarks}}}};
}

ordered_json json_of(const RunRecord& record) {
  ordered_json json = {{"format", kFormat},
                       {"settings", ordered_json::parse(settings_text(record.settings))},
                       {"model",
                        {{"name", record.model.name},
                         {"directory", display(record.model.directory)},
                         {"family", record.model.family},
                         {"fingerprint", record.model.fingerprint}}},
                       {"data", json_of(record.data)}};
  if (record.guard) json["guard"] = json_of(*record.guard);
  if (record.labelled) json["labelled"] = json_of(*record.labelled);
  if (record.sentences) json["sentences"] = json_of(*record.sentences);
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    const auto at = static_cast<std::size_t>(part);
    json["split"][std::string(name_of(part))] = {{"pictures", record.part_sizes[at]}, {"sha1", record.part_sha1[at]}};
  }
  if (!record.page.empty()) json["report"] = display(record.page);
  return json;
}

std::string dumped(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string record_text(const RunRecord& record) { return dumped(json_of(record), 1) + "\n"; }

std::string run_id(const RunRecord& record) {
  ordered_json json = json_of(record);
  json["model"].erase("directory");
  json.erase("report");
  for (const char* data : {"data", "guard", "labelled", "sentences"}) {
    if (!json.contains(data)) continue;
    for (const char* path : {"source", "pictures", "problems"}) json[data].erase(path);
  }
  return sha1(dumped(json, 0));
}

Result<StoredRun> read_run(const std::filesystem::path& run_directory) {
  const auto file = run_directory / "run.json";
  auto text = read_text_file(file, kMaxRecordBytes);
  if (!text && text.error().code() == ErrorCode::kNotFound) {
    return Error::not_found("{}: no run to go on with: leave --resume out to begin one", display(run_directory));
  }
  GLIMPSE_RETURN_IF_ERROR(text);
  const auto json = ordered_json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("settings") || json.value("format", 0) != kFormat) {
    return Error::corruption("{}: expected a run's record of format {}", display(file), kFormat);
  }
  StoredRun stored{.text = *text,
                   .settings = {},
                   .model = text_at(json, "model", "directory"),
                   .source = text_at(json, "data", "source"),
                   .pictures = text_at(json, "data", "pictures"),
                   .guard = text_at(json, "guard", "source"),
                   .labelled = text_at(json, "labelled", "source"),
                   .sentences = text_at(json, "sentences", "source"),
                   .page = text_of(json, "report")};
  GLIMPSE_ASSIGN_OR_RETURN(stored.settings, read_settings(json["settings"].dump()).with_context(display(file)));
  return stored;
}

Result<void> check_same_run(const StoredRun& stored, const RunRecord& now) {
  auto was = ordered_json::parse(stored.text, nullptr, false);
  auto is = ordered_json::parse(record_text(now), nullptr, false);
  was.erase("report");
  is.erase("report");
  const auto changes = nlohmann::json::diff(nlohmann::json(was), nlohmann::json(is));
  if (changes.empty()) return {};
  const std::string path = changes[0]["path"];
  const auto at = [&](const ordered_json& json) {
    const ordered_json::json_pointer pointer(path);
    return json.contains(pointer) ? json[pointer].dump() : std::string("nothing");
  };
  return Error::invalid_argument(
      "this run cannot go on: {} was {} when it began, and is {} now: bring back the model, the pictures and the "
      "captions as they were, or begin another run",
      path, at(was), at(is));
}

}  // namespace glimpse::train
