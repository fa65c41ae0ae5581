#pragma once

#include <string>
#include <vector>

#include "report/markup.h"

namespace glimpse::report {

enum class Align { kLeft, kRight };

struct Column {
  std::string name;
  Align align = Align::kLeft;  ///< kRight for numbers: digits then stand below each other.
};

struct Table {
  std::string caption;  ///< What it shows; always written.
  std::vector<Column> columns;
  std::vector<std::vector<Markup>> rows;  ///< The first cell of each is the row's heading.
};

/// Scrolls sideways where the page is too narrow for it. A row may be shorter than the columns, never longer.
Markup table(const Table& table);

}  // namespace glimpse::report
