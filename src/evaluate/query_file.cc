#include "evaluate/query_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/csv.h"
#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::evaluate {
namespace {

using nlohmann::json;

Result<Attribute> attribute_named(std::string_view name) {
  if (const auto attribute = parse_attribute(name)) return *attribute;
  return Error::corruption("unknown attribute '{}': expected colour, count, object, scene or relation", name);
}

/// A text, or a list of texts.
Result<std::set<std::string>> values_of(const std::string& name, const json& stated) {
  std::set<std::string> values;
  const json list = stated.is_array() ? stated : json::array({stated});
  for (const json& value : list) {
    if (!value.is_string()) return Error::corruption("attribute '{}': expected a text or a list of texts", name);
    values.insert(value.get<std::string>());
  }
  return values;
}

Result<Attributes> attributes_in(const json& stated) {
  if (!stated.is_object()) return Error::corruption("'attributes': expected an object");
  Attributes attributes;
  for (const auto& [name, value] : stated.items()) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto attribute, attribute_named(name));
    GLIMPSE_ASSIGN_OR_RETURN(auto values, values_of(name, value));
    if (!values.empty()) attributes[attribute] = std::move(values);
  }
  return attributes;
}

/// A list of names, or an object of name and grade.
Result<std::map<std::string, int>> grades_in(const json& stated) {
  std::map<std::string, int> grades;
  if (stated.is_array()) {
    for (const json& name : stated) {
      if (!name.is_string()) return Error::corruption("'relevant': expected names of pictures");
      grades[name.get<std::string>()] = 1;
    }
    return grades;
  }
  if (!stated.is_object()) return Error::corruption("'relevant': expected a list of names, or names with grades");
  constexpr int kHighestGrade = 100;
  for (const auto& [name, grade] : stated.items()) {
    const bool good = grade.is_number_integer() && grade >= 0 && grade <= kHighestGrade;
    if (!good) return Error::corruption("'relevant', '{}': expected a grade from 0 to {}", name, kHighestGrade);
    grades[name] = grade.get<int>();
  }
  return grades;
}

Result<StatedQuery> query_in(const json& stated) {
  if (!stated.is_object()) return Error::corruption("expected an object");
  for (const char* key : {"id", "query"}) {
    if (!stated.contains(key) || !stated[key].is_string()) return Error::corruption("expected '{}', a text", key);
  }
  StatedQuery query{.id = stated["id"], .text = stated["query"], .attributes = {}, .grades = {}};
  if (stated.contains("attributes")) {
    GLIMPSE_ASSIGN_OR_RETURN(query.attributes, attributes_in(stated["attributes"]));
  }
  if (stated.contains("relevant")) {
    GLIMPSE_ASSIGN_OR_RETURN(query.grades, grades_in(stated["relevant"]));
  }
  return query;
}

Result<std::vector<StatedQuery>> queries_in_json(const std::string& text) {
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object() || !whole.contains("queries") || !whole["queries"].is_array()) {
    return Error::corruption("expected a JSON object with the list 'queries'");
  }
  std::vector<StatedQuery> queries;
  for (const json& stated : whole["queries"]) {
    auto query = query_in(stated);
    if (!query) return query.error().with_context(fmt::format("query {}", queries.size() + 1));
    queries.push_back(*std::move(query));
  }
  return queries;
}

/// Values in one field are separated by semicolons.
std::set<std::string> values_in_field(std::string_view field) {
  std::set<std::string> values;
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    if (end > 0) values.emplace(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  return values;
}

Result<StatedQuery> query_in(const CsvRecord& header, const CsvRecord& record) {
  if (record.size() != header.size()) {
    return Error::corruption("expected {} fields, got {}", header.size(), record.size());
  }
  StatedQuery query;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == "id") {
      query.id = record[i];
    } else if (header[i] == "query") {
      query.text = record[i];
    } else {
      GLIMPSE_ASSIGN_OR_RETURN(const auto attribute, attribute_named(header[i]));
      if (!query.attributes) query.attributes.emplace();
      if (auto values = values_in_field(record[i]); !values.empty()) (*query.attributes)[attribute] = std::move(values);
    }
  }
  return query;
}

Result<std::vector<StatedQuery>> queries_in_table(std::string text) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto records, parse_whole_csv(std::move(text)));
  const CsvRecord header = records.empty() ? CsvRecord() : records.front();
  for (const char* column : {"id", "query"}) {
    if (std::ranges::find(header, column) != header.end()) continue;
    return Error::corruption("expected a first line with the columns id and query, got '{}'", fmt::join(header, ","));
  }
  std::vector<StatedQuery> queries;
  for (std::size_t i = 1; i < records.size(); ++i) {
    auto query = query_in(header, records[i]);
    if (!query) return query.error().with_context(fmt::format("record {}", i));
    queries.push_back(*std::move(query));
  }
  return queries;
}

/// A query a line, which goes by its words; empty lines and queries again are left out.
std::vector<StatedQuery> queries_in_lines(std::string_view text) {
  std::vector<StatedQuery> queries;
  std::set<std::string> known;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    constexpr std::string_view kBlanks = " \t\r";
    const auto first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
    if (known.emplace(line).second) queries.push_back({.id = std::string(line), .text = std::string(line)});
  }
  return queries;
}

Result<std::vector<StatedQuery>> queries_in(const std::filesystem::path& file, std::string text) {
  if (file.extension() == ".csv") return queries_in_table(std::move(text));
  if (file.extension() == ".txt") return queries_in_lines(text);
  return queries_in_json(text);
}

Result<void> check(std::span<const StatedQuery> queries) {
  if (queries.empty()) return Error::corruption("no query is in it");
  std::set<std::string_view> ids;
  for (const StatedQuery& query : queries) {
    if (query.id.empty()) return Error::corruption("the query '{}' has an empty id", query.text);
    if (!ids.insert(query.id).second) return Error::corruption("the id '{}' is there twice", query.id);
    if (query.text.find_first_not_of(" \t\r\n") == std::string::npos || !is_valid_utf8(query.text)) {
      return Error::corruption("the query '{}' has no words in UTF-8", query.id);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<StatedQuery>> read_query_file(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(file, kMaxQueryFileBytes));
  auto queries = queries_in(file, std::move(text));
  if (!queries) return queries.error().with_context(display(file));
  GLIMPSE_RETURN_IF_ERROR(check(*queries).with_context(display(file)));
  return queries;
}

}  // namespace glimpse::evaluate
