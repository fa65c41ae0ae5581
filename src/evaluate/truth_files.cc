// Captions in one file: tables, COCO's JSON, Flickr's token files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/file.h"
#include "evaluate/truth_builder.h"

namespace glimpse::evaluate {
namespace {

constexpr std::uint64_t kMaxTruthBytes = std::uint64_t{1} << 30;

struct Columns {
  std::size_t picture, text;
};

Result<Columns> find_columns(const std::filesystem::path& file, const CsvRecord& header) {
  constexpr std::array<std::array<std::string_view, 2>, 4> kNames = {
      {{"file_name", "caption"}, {"filepath", "title"}, {"image", "caption"}, {"file_name", "label"}}};
  for (const auto& [picture, text] : kNames) {
    const auto first = std::ranges::find(header, picture), second = std::ranges::find(header, text);
    if (first == header.end() || second == header.end()) continue;
    return Columns{static_cast<std::size_t>(first - header.begin()), static_cast<std::size_t>(second - header.begin())};
  }
  return Error::corruption("{}: expected a first line with the columns file_name,caption or filepath,title, got '{}'",
                           display(file), fmt::join(header, ","));
}

}  // namespace

Result<GroundTruth> read_truth_table(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(file, kMaxTruthBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto records, parse_whole_csv(std::move(text)).with_context(display(file)));
  const CsvRecord header = records.empty() ? CsvRecord() : records.front();
  GLIMPSE_ASSIGN_OR_RETURN(const auto columns, find_columns(file, header));
  TruthBuilder truth(TruthForm::kTable);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const CsvRecord& record = records[i];
    const auto where = fmt::format("{}, record {}", display(file), i);
    if (record.size() != header.size()) {
      truth.broken(where, fmt::format("expected {} fields, got {}", header.size(), record.size()));
    } else {
      truth.add(record[columns.picture], record[columns.text], where);
    }
  }
  return truth.take();
}

Result<GroundTruth> read_coco_captions(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxTruthBytes));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto list = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_array() ? &json[key] : nullptr;
  };
  const auto *images = list("images"), *annotations = list("annotations");
  if (images == nullptr || annotations == nullptr) {
    return Error::corruption("{}: expected a JSON object with the lists 'images' and 'annotations'", display(file));
  }
  std::unordered_map<std::int64_t, std::string> names;
  for (const auto& image : *images) {
    if (image.is_object() && image.value("file_name", nlohmann::json()).is_string() &&
        image.value("id", nlohmann::json()).is_number_integer()) {
      names.emplace(image["id"].get<std::int64_t>(), image["file_name"].get<std::string>());
    }
  }
  TruthBuilder truth(TruthForm::kCoco);
  for (std::size_t i = 0; i < annotations->size(); ++i) {
    const auto& annotation = (*annotations)[i];
    const auto where = fmt::format("{}, annotation {}", display(file), i);
    const bool whole = annotation.is_object() && annotation.value("image_id", nlohmann::json()).is_number_integer() &&
                       annotation.value("caption", nlohmann::json()).is_string();
    const auto name = whole ? names.find(annotation["image_id"].get<std::int64_t>()) : names.end();
    if (!whole) {
      truth.broken(where, "expected image_id and caption");
    } else if (name == names.end()) {
      truth.broken(where, "no image has its image_id");
    } else {
      truth.add(name->second, annotation["caption"].get<std::string>(), where);
    }
  }
  return truth.take();
}

Result<GroundTruth> read_flickr_tokens(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxTruthBytes));
  TruthBuilder truth(TruthForm::kFlickr);
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto where = fmt::format("{}, line {}", display(file), ++number);
    const auto tab = line.find('\t');
    const auto hash = line.substr(0, tab).rfind('#');
    if (line.empty() || line == "\r") continue;
    if (tab == std::string_view::npos || hash == std::string_view::npos) {
      truth.broken(where, "expected NAME#NUMBER, a tab and the caption");
    } else {
      truth.add(line.substr(0, hash), line.substr(tab + 1), where);
    }
  }
  if (truth.empty()) {
    return Error::corruption("{}: expected lines of NAME#NUMBER, a tab and a caption, found none", display(file));
  }
  return truth.take();
}

}  // namespace glimpse::evaluate
