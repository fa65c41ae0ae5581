#include "judge/judged_queries.h"

#include <fmt/core.h>

#include <algorithm>

namespace glimpse::app {
namespace {

struct Gathered {
  const library::Judgment* latest = nullptr;
  std::map<Hash128, std::vector<int>> grades;
  std::map<Hash128, std::vector<library::ImageId>> pictures;
};

int agreed(std::vector<int> grades) {
  const auto middle = grades.begin() + static_cast<std::ptrdiff_t>((grades.size() - 1) / 2);
  std::ranges::nth_element(grades, middle);
  return *middle;
}

JudgedQuery closed(const std::string& key, const Gathered& gathered) {
  constexpr std::size_t kDigits = 12;
  JudgedQuery query{.id = "q" + hash128(key).hex().substr(0, kDigits), .words = gathered.latest->query, .contents = {}};
  for (const auto& [content, grades] : gathered.grades) {
    query.contents[content] = {agreed(grades), gathered.pictures.at(content)};
  }
  return query;
}

}  // namespace

Result<std::vector<JudgedQuery>> judged_queries(const std::vector<library::Judgment>& judgments) {
  std::map<std::string, Gathered> by_query;
  for (const auto& judgment : judgments) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string key, library::judged_query(judgment.query));
    Gathered& gathered = by_query[key];
    if (gathered.latest == nullptr || gathered.latest->judged_at_ms <= judgment.judged_at_ms) {
      gathered.latest = &judgment;
    }
    gathered.grades[judgment.content].push_back(judgment.grade);
    gathered.pictures[judgment.content] = judgment.pictures;
  }
  std::vector<JudgedQuery> queries;
  for (const auto& [key, gathered] : by_query) queries.push_back(closed(key, gathered));
  return queries;
}

void say_damaged(const library::JudgmentList& list) {
  if (list.damaged == 0) return;
  fmt::print(stderr, "glimpse: {} judgments are damaged and were left out; 'glimpse doctor --full' names them\n",
             list.damaged);
}

}  // namespace glimpse::app
