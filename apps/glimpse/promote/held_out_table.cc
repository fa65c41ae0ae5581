#include "promote/held_out_table.h"

#include <array>
#include <set>
#include <string>

#include "base/csv.h"
#include "base/file.h"
#include "evaluate/ground_truth.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxSplitBytes = std::uint64_t{1} << 30;

Result<std::set<std::string>> held_out_names(const fs::path& split) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(split, kMaxSplitBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto records, parse_whole_csv(std::move(text)).with_context(display(split)));
  std::set<std::string> names;
  for (const CsvRecord& record : records) {
    if (record.size() != 3) return Error::corruption("{}: expected lines of part,key,name", display(split));
    if (record[0] == "test") names.insert(record[2]);
  }
  if (names.empty()) {
    return Error::invalid_argument(
        "{}: no picture is in the test part, so nothing can say whether the new model is better: give a larger "
        "--test-share",
        display(split));
  }
  return names;
}

}  // namespace

Result<void> write_held_out_table(const fs::path& split, const fs::path& truth, const fs::path& table) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto names, held_out_names(split));
  GLIMPSE_ASSIGN_OR_RETURN(const auto read, evaluate::read_ground_truth(truth));
  std::string text = csv_line(std::array<std::string, 2>{"file_name", "caption"});
  for (const auto& caption : read.texts) {
    for (const std::size_t picture : caption.pictures) {
      const std::string name = read.pictures[picture].generic_string();
      if (names.contains(name)) text += csv_line(std::array<std::string, 2>{name, caption.text});
    }
  }
  return write_file_atomically(table, std::string_view(text));
}

}  // namespace glimpse::app
