#include "judge/judgment_list.h"

#include <fmt/core.h>

#include <array>

#include "filter/time.h"
#include "judge/judged_queries.h"
#include "judge/shown_text.h"

namespace glimpse::app {

using nlohmann::ordered_json;

Result<ordered_json> judgments_json(const std::vector<library::Judgment>& judgments, const library::Library& library) {
  ordered_json list = ordered_json::array();
  for (const auto& judgment : judgments) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library.pictures(judgment.pictures));
    ordered_json paths = ordered_json::array();
    for (const auto& picture : pictures) paths.push_back(picture.path.native());
    list.push_back({{"query", judgment.query},
                    {"grade", judgment.grade},
                    {"judge", judgment.judge},
                    {"paths", std::move(paths)},
                    {"content", judgment.content.hex()},
                    {"rank", judgment.rank},
                    {"model", judgment.model},
                    {"fingerprint", judgment.fingerprint},
                    {"judged_at", filter::rfc3339(judgment.judged_at_ms)}});
  }
  return list;
}

Result<std::string> judgments_table(const std::vector<library::Judgment>& judgments) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, judged_queries(judgments));
  std::string table = "judged  wrong  partly  right  exactly  query\n";
  for (const auto& query : queries) {
    std::array<int, library::kMaxGrade + 1> counts{};
    for (const auto& [content, judged] : query.contents) ++counts.at(static_cast<std::size_t>(judged.grade));
    table += fmt::format("{:>6}  {:>5}  {:>6}  {:>5}  {:>7}  {}\n", query.contents.size(), counts[0], counts[1],
                         counts[2], counts[3], shown_text(query.words));
  }
  return table;
}

}  // namespace glimpse::app
