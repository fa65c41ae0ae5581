#include "eval/judgments_for.h"

#include <map>
#include <string>

#include "evaluate/trec.h"
#include "judge/trec_files.h"
#include "library/judgments.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// Words as judgments know them; those that none can have go by themselves.
std::string key_of(const std::string& words) { return library::judged_query(words).value_or(words); }

/// A library names pictures by their whole path.
evaluate::Judgments relative_to(const fs::path& folder, const evaluate::Judgments& judgments) {
  evaluate::Judgments relative;
  for (const auto& [document, grade] : judgments) {
    const fs::path picture = evaluate::decode_trec_name(document);
    const fs::path inside = picture.is_absolute() ? picture.lexically_relative(folder) : fs::path();
    const bool is_inside = !inside.empty() && *inside.begin() != "..";
    relative[is_inside ? inside.native() : document] = grade;
  }
  return relative;
}

}  // namespace

Result<evaluate::Qrels> judgments_for(std::span<const evaluate::StatedQuery> queries, const fs::path& qrels,
                                      const fs::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto read, evaluate::read_qrels(qrels));
  GLIMPSE_ASSIGN_OR_RETURN(const auto topics, read_topics(topics_file_of(qrels), false));
  std::map<std::string, std::string> ids;  // by words
  for (const auto& query : queries) ids.emplace(key_of(query.text), query.id);
  std::error_code ignored;
  const fs::path whole = fs::canonical(folder, ignored);
  evaluate::Qrels judged;
  for (const auto& [name, judgments] : read) {
    const auto topic = topics.find(name);
    const auto id = topic == topics.end() ? ids.end() : ids.find(key_of(topic->second));
    judged[id == ids.end() ? name : id->second] = relative_to(whole, judgments);
  }
  return judged;
}

}  // namespace glimpse::app
