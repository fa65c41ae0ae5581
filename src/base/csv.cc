#include "base/csv.h"

#include <algorithm>
#include <optional>

namespace glimpse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads one record after the other from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  std::size_t position() const { return at_; }

  /// Nothing when what is left is no whole record.
  Result<std::optional<CsvRecord>> next() {
    CsvRecord record;
    for (;;) {
      GLIMPSE_ASSIGN_OR_RETURN(auto field, take_field());
      if (!field) return std::optional<CsvRecord>();
      record.push_back(*std::move(field));
      if (text_[at_++] == '\n') return std::optional(std::move(record));
    }
  }

 private:
  /// Up to the comma or LF behind it. Nothing when the text ends first.
  Result<std::optional<std::string>> take_field() {
    if (at_ < text_.size() && text_[at_] == '"') return take_quoted();
    const auto end = text_.find_first_of(",\n", at_);
    if (end == std::string_view::npos) return std::optional<std::string>();
    std::string field(text_.substr(at_, end - at_));
    if (text_[end] == '\n' && field.ends_with('\r')) field.pop_back();
    if (field.find('"') != std::string::npos) return misplaced();
    at_ = end;
    count_line(end);
    return std::optional(std::move(field));
  }

  Result<std::optional<std::string>> take_quoted() {
    std::string field;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\n') ++line_;
      if (text_[i] != '"') {
        field.push_back(text_[i]);
      } else if (i + 1 < text_.size() && text_[i + 1] == '"') {
        field.push_back(text_[i++]);
      } else {
        at_ = i + 1;
        if (text_.substr(at_).starts_with("\r\n")) ++at_;
        if (at_ >= text_.size()) break;
        if (text_[at_] != ',' && text_[at_] != '\n') return misplaced();
        count_line(at_);
        return std::optional(std::move(field));
      }
    }
    return std::optional<std::string>();
  }

  void count_line(std::size_t end) { line_ += text_[end] == '\n' ? 1 : 0; }
  Error misplaced() const { return Error::corruption("line {}: a quote where none may be", line_); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<CsvText> parse_csv(std::string_view text) {
  Reader reader(text);
  CsvText csv;
  for (;;) {
    csv.whole_bytes = reader.position();
    GLIMPSE_ASSIGN_OR_RETURN(auto record, reader.next());
    if (!record) return csv;
    if (record->size() > 1 || !record->front().empty()) csv.records.push_back(*std::move(record));
  }
}

Result<std::vector<CsvRecord>> parse_whole_csv(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  GLIMPSE_ASSIGN_OR_RETURN(auto csv, parse_csv(text));
  if (csv.whole_bytes == text.size()) return std::move(csv.records);
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(csv.whole_bytes), '\n');
  return Error::corruption("line {}: a quote that is never closed", line);
}

std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& field = fields[i];
    if (i > 0) line += ',';
    if (field.find_first_of("\",\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + '\n';
}

}  // namespace glimpse
