#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse {

using CsvRecord = std::vector<std::string>;

/// The records of a text, and how many of its bytes are whole records: what follows was cut in the middle.
struct CsvText {
  std::vector<CsvRecord> records;
  std::size_t whole_bytes = 0;
};

/// Fields are separated by commas, records end with LF or CRLF; a field in double quotes may hold all of these, and
/// quotes doubled. A byte order mark in front and empty lines are skipped. A last record without a line end is not
/// whole. Errors: corruption, with the line (a quote where none may be). Source: RFC 4180.
Result<CsvText> parse_csv(std::string_view text);

/// All records of a text that need not end with a line end. Errors: corruption, with the line: also quotes that are
/// opened and never closed, for they swallow what follows.
Result<std::vector<CsvRecord>> parse_whole_csv(std::string text);

/// One record with its line end (LF); fields are put in quotes where they need it.
std::string csv_line(std::span<const std::string> fields);

}  // namespace glimpse
