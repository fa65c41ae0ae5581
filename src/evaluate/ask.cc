// Query files over a folder: which pictures are known to be right for which query.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/file.h"
#include "evaluate/query_file.h"
#include "evaluate/trec.h"

namespace glimpse::evaluate {
namespace {

constexpr std::size_t kMaxRemarks = 20;

/// By its id or text, each as it is or as files of TREC write it.
const Judgments* judgments_of(const StatedQuery& query, const Qrels& judged) {
  for (const std::string& name : {query.id, query.text, encode_trec_name(query.id), encode_trec_name(query.text)}) {
    if (const auto found = judged.find(name); found != judged.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

GroundTruth ask(std::span<const StatedQuery> queries, std::vector<std::filesystem::path> pictures,
                const Qrels& judged) {
  std::unordered_map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    numbers.emplace(pictures[i].native(), i);
    numbers.emplace(encode_trec_name(pictures[i].native()), i);
  }
  GroundTruth truth;
  truth.form = TruthForm::kQueries;
  truth.pictures = std::move(pictures);
  for (const StatedQuery& query : queries) {
    TruthText text{.text = query.text, .id = query.id, .attributes = query.attributes};
    std::map<std::size_t, int> judged_here;
    const Judgments* other = judgments_of(query, judged);
    for (const auto& [name, grade] : other == nullptr ? query.grades : *other) {
      const auto known = numbers.find(name);
      if (known != numbers.end()) {
        judged_here[known->second] = grade;
        continue;
      }
      ++truth.broken;
      if (truth.remarks.size() < kMaxRemarks) {
        truth.remarks.push_back(
            fmt::format("query '{}': '{}' was judged, but is not among the pictures", query.id, display(name)));
      }
    }
    for (const auto& [picture, grade] : judged_here) {
      (grade > 0 ? text.pictures : text.wrong).push_back(picture);
      if (grade > 0) text.grades.push_back(grade);
    }
    truth.texts.push_back(std::move(text));
  }
  return truth;
}

}  // namespace glimpse::evaluate
