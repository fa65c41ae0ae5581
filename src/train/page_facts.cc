#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "report/table.h"
#include "train/page_sections.h"

namespace glimpse::train {
namespace {

using nlohmann::ordered_json;
using report::Align;
using report::Markup;
using report::Table;

Markup counts_of(const char* caption, const DataIdentity& data) {
  Table table{.caption = caption, .columns = {{"what"}, {"count", Align::kRight}}, .rows = {}};
  const auto row = [&](const char* what, std::size_t count, bool always = false) {
    if (count > 0 || always) table.rows.push_back({what, count_text(count)});
  };
  const DataProblems& p = data.problems;
  row("pictures", data.picture_count, true);
  row("captions", data.caption_count, true);
  row("left out: pictures that are missing", p.missing);
  row("left out: pictures that cannot be read", p.unreadable);
  row("left out: broken records", p.broken);
  row("of them because the caption is empty", p.empty_captions);
  row("captions there twice for their picture: they count once", p.repeated_captions);
  row("captions of several pictures: such never meet in a batch", p.shared_captions);
  row("copies of other pictures: on one side of the split", p.duplicate_pictures);
  row("pictures nearly like others: on one side of the split", p.similar_pictures);
  return report::table(table);
}

Markup remarks_of(const DataProblems& problems) {
  if (problems.remarks.empty()) return {};
  Markup list;
  for (const std::string& remark : problems.remarks) list += report::paragraph(remark);
  return report::details(fmt::format("What was left out, by name ({})", problems.remarks.size()), list);
}

Markup parts_of(const RunRecord& record) {
  Table table{.caption = "Who learns, who is measured",
              .columns = {{"part"}, {"pictures", Align::kRight}, {"SHA-1 of its pictures"}},
              .rows = {}};
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    const auto at = static_cast<std::size_t>(part);
    table.rows.push_back(
        {std::string(name_of(part)), count_text(record.part_sizes[at]), report::code(record.part_sha1[at])});
  }
  return report::table(table);
}

Markup place_of(const char* what, const DataIdentity& data) {
  return report::paragraph({what, report::code(display(data.source)),
                            fmt::format(" ({}), SHA-1 of names, contents and captions ", data.form),
                            report::code(data.sha1)});
}

}  // namespace

report::Section data_section(const Course& course) {
  const RunRecord& record = course.record;
  report::Section section{.heading = "Data", .blocks = {place_of("Learnt from ", record.data)}};
  if (record.guard) section.blocks.push_back(place_of("Guard against forgetting: ", *record.guard));
  std::vector<Markup> tables = {counts_of("What there is", record.data), parts_of(record)};
  if (record.guard) tables.push_back(counts_of("The guard's", *record.guard));
  section.blocks.push_back(report::columns(tables));
  if (course.report != nullptr && course.report->left_out > 0) {
    section.blocks.push_back(report::paragraph(
        fmt::format("{} pictures found no batch in the first epoch, for what is nearly the same never meets in one.",
                    count_text(course.report->left_out))));
  }
  if (const Markup remarks = remarks_of(record.data.problems); !remarks.empty()) section.blocks.push_back(remarks);
  return section;
}

report::Section settings_section(const Course& course) {
  const RunRecord& record = course.record;
  Table table{.caption = "Settings, by the names of their flags", .columns = {{"setting"}, {"value"}}, .rows = {}};
  const auto json = ordered_json::parse(settings_text(record.settings));
  for (const auto& [name, value] : json.items()) {
    table.rows.push_back({"--" + name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  Table facts{.caption = "The run", .columns = {{"what"}, {"value"}}, .rows = {}};
  facts.rows = {{"model to begin with", record.model.name},
                {"its family", record.model.family},
                {"its fingerprint", report::code(record.model.fingerprint)},
                {"run", report::code(run_id(record))},
                {"its directory", report::code(display(course.run))}};
  if (const Report* report = course.report; report != nullptr && report->trained_tensors > 0) {
    facts.rows.push_back({"tensors trained", count_text(report->trained_tensors)});
    facts.rows.push_back({"values trained", count_text(report->trained_values)});
  }
  return {.heading = "Settings", .blocks = {report::columns({report::table(facts), report::table(table)})}};
}

}  // namespace glimpse::train
