#include "report/table.h"

#include "base/assert.h"

namespace glimpse::report {
namespace {

Attributes aligned(const Column& column) {
  return column.align == Align::kRight ? Attributes{{"class", "number"}} : Attributes{};
}

Markup heading(const Column& column, const char* scope, const Markup& content) {
  Attributes attributes = aligned(column);
  attributes.push_back({"scope", scope});
  return element("th", attributes, content);
}

Markup row_of(const Table& table, const std::vector<Markup>& row) {
  GLIMPSE_ASSERT(row.size() <= table.columns.size());
  Markup cells;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Column& column = table.columns[i];
    cells += i == 0 ? heading(column, "row", row[i]) : element("td", aligned(column), row[i]);
  }
  return element("tr", cells);
}

}  // namespace

Markup table(const Table& table) {
  Markup names, rows;
  for (const Column& column : table.columns) names += heading(column, "col", column.name);
  for (const auto& row : table.rows) rows += row_of(table, row);
  return element("div", {{"class", "scroll"}, {"role", "region"}, {"aria-label", table.caption}, {"tabindex", "0"}},
                 element("table", {element("caption", table.caption), element("thead", element("tr", names)),
                                   element("tbody", rows)}));
}

}  // namespace glimpse::report
