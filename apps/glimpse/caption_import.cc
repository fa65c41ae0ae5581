#include "caption_import.h"

#include <algorithm>
#include <map>

#include "base/csv.h"
#include "base/file.h"

namespace glimpse::app {
namespace {

constexpr std::uint64_t kMaxBytes = 512'000'000;

struct Columns {
  std::size_t file_name = 0, caption = 0, count = 0;
};

Result<Columns> find_columns(const std::filesystem::path& table, const std::vector<CsvRecord>& records) {
  const CsvRecord none;
  const CsvRecord& header = records.empty() ? none : records.front();
  const auto file_name = std::ranges::find(header, "file_name"), caption = std::ranges::find(header, "caption");
  if (file_name == header.end() || caption == header.end()) {
    return Error::corruption("{}: expected a first line with the columns file_name,caption", display(table));
  }
  return Columns{static_cast<std::size_t>(file_name - header.begin()),
                 static_cast<std::size_t>(caption - header.begin()), header.size()};
}

class Import {
 public:
  Import(const std::filesystem::path& table, CaptionPlace& place)
      : table_(table), place_(place), maker_(file_maker(table)), group_(place.library()) {}

  Result<CaptionImport> run(const std::vector<CsvRecord>& records, const Columns& columns) {
    // By name, so that of several captions of a file the last one counts, and only it.
    std::map<std::string, std::string> captions;
    for (std::size_t i = 1; i < records.size(); ++i) {
      const CsvRecord& record = records[i];
      if (record.size() != columns.count) {
        broken(i, fmt::format("expected {} fields, got {}", columns.count, record.size()));
      } else if (!can_be_stored(record[columns.caption]) || record[columns.file_name].empty()) {
        broken(i,
               fmt::format("expected a file name and a caption of 1 to {} bytes of UTF-8", library::kMaxCaptionBytes));
      } else {
        captions[record[columns.file_name]] = record[columns.caption];
      }
    }
    for (const auto& [name, caption] : captions) GLIMPSE_RETURN_IF_ERROR(take(name, caption));
    GLIMPSE_RETURN_IF_ERROR(group_.commit());
    return std::move(report_);
  }

 private:
  void broken(std::size_t record, const std::string& what) {
    ++report_.broken;
    report_.remarks.push_back(fmt::format("{}: record {}: {}", display(table_), record, what));
  }

  Result<void> take(const std::string& name, const std::string& caption) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto picture, place_.find(name));
    if (!picture) {
      ++report_.unknown;
      report_.remarks.push_back(fmt::format("{}: not in the library", display(name)));
      return {};
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto known, place_.library().caption_by(maker_, picture->content));
    if (known == caption) {
      ++report_.already;
      return {};
    }
    ++report_.stored;
    group_.batch().put_caption(picture->content, {maker_, caption});
    if (group_.due()) GLIMPSE_RETURN_IF_ERROR(group_.commit());
    return {};
  }

  const std::filesystem::path& table_;
  CaptionPlace& place_;
  const library::CaptionMaker maker_;
  library::GroupCommit group_;
  CaptionImport report_;
};

}  // namespace

Result<CaptionImport> import_captions(const std::filesystem::path& table, CaptionPlace& place) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(table, kMaxBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto records, parse_whole_csv(std::move(text)).with_context(display(table)));
  GLIMPSE_ASSIGN_OR_RETURN(const auto columns, find_columns(table, records));
  return Import(table, place).run(records, columns);
}

}  // namespace glimpse::app
