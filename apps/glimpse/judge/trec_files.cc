#include "judge/trec_files.h"

#include <fmt/core.h>

#include <charconv>
#include <map>
#include <system_error>

#include "base/file.h"
#include "evaluate/trec.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByContent = "content:";

std::string document_of_content(const Hash128& content) { return std::string(kByContent) + content.hex(); }

/// "content:" and 32 hexadecimal digits.
std::optional<Hash128> content_named(std::string_view document) {
  if (!document.starts_with(kByContent)) return std::nullopt;
  const std::string_view digits = document.substr(kByContent.size());
  if (digits.size() != 32) return std::nullopt;
  Hash128 content;
  const auto read = [&](std::size_t at, std::uint64_t& part) {
    const char* begin = digits.data() + at;
    return std::from_chars(begin, begin + 16, part, 16).ptr == begin + 16;
  };
  if (!read(0, content.high) || !read(16, content.low)) return std::nullopt;
  return content;
}

/// The picture at a path, or of a name within any folder of the library.
Result<std::optional<library::Picture>> picture_named(const library::Library& library, const fs::path& document) {
  if (document.is_relative()) return library.find(document);
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const auto& root : roots) {
    const fs::path inside = document.lexically_relative(root.path);
    if (inside.empty() || inside.begin()->native() == "..") continue;
    GLIMPSE_ASSIGN_OR_RETURN(auto picture, library.find(root.id, inside));
    if (picture) return picture;
  }
  return std::optional<library::Picture>();
}

/// Turns qrels into facts, a query at a time.
class Reader {
 public:
  Reader(const library::Library& library, const Topics& topics, const std::string& judge)
      : library_(library), topics_(topics), judge_(judge) {}

  Result<void> add(const std::string& id, const evaluate::Judgments& judgments) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string words, words_of(id));
    std::map<Hash128, std::pair<int, std::string>> seen;  // what an earlier document said of the same bytes
    for (const auto& [document, grade] : judgments) {
      if (grade < 0 || grade > library::kMaxGrade) {
        return Error::invalid_argument("query '{}', document '{}': expected a grade from 0 to {}, got {}", id, document,
                                       library::kMaxGrade, grade);
      }
      GLIMPSE_ASSIGN_OR_RETURN(const auto content, content_of(document));
      if (!content) continue;
      const auto [there, fresh] = seen.try_emplace(*content, grade, document);
      if (!fresh && there->second.first != grade) {
        return Error::invalid_argument("query '{}': '{}' and '{}' are the same picture, with the grades {} and {}", id,
                                       there->second.second, document, there->second.first, grade);
      }
      if (fresh) imported_.facts.push_back({{words, *content, judge_}, grade, 0, "", ""});
    }
    ++imported_.queries;
    return {};
  }
  ImportedJudgments take() { return std::move(imported_); }

 private:
  Result<std::string> words_of(const std::string& id) const {
    const auto topic = topics_.find(id);
    if (topic == topics_.end() && !topics_.empty()) {
      return Error::invalid_argument("query '{}': it has no line in the topics file", id);
    }
    std::string words = topic == topics_.end() ? evaluate::decode_trec_name(id) : topic->second;
    GLIMPSE_RETURN_IF_ERROR(library::judged_query(words).with_context(fmt::format("query '{}'", id)));
    return words;
  }

  Result<std::optional<Hash128>> content_of(const std::string& document) {
    const std::string name = evaluate::decode_trec_name(document);
    if (const auto content = content_named(name)) return content;
    GLIMPSE_ASSIGN_OR_RETURN(const auto picture, picture_named(library_, name));
    if (picture) return std::optional(picture->content);
    imported_.unknown.push_back(name);
    return std::optional<Hash128>();
  }

  const library::Library& library_;
  const Topics& topics_;
  const std::string& judge_;
  ImportedJudgments imported_;
};

}  // namespace

Result<Topics> read_topics(const fs::path& file, bool required) {
  Topics topics;
  std::error_code ignored;
  if (!required && !fs::exists(file, ignored)) return topics;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, evaluate::kMaxTrecBytes));
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || tab == 0) {
      return Error::corruption("{}, line {}: expected a query's id, a tab and its words", display(file), number);
    }
    const bool fresh = topics.emplace(line.substr(0, tab), line.substr(tab + 1)).second;
    if (!fresh) return Error::corruption("{}, line {}: the id is there already", display(file), number);
  }
  return topics;
}

fs::path topics_file_of(const fs::path& qrels) {
  fs::path file = qrels;
  return file.replace_extension(".topics");
}

Result<evaluate::Qrels> qrels_of(const std::vector<JudgedQuery>& queries, const library::Library& library) {
  evaluate::Qrels qrels;
  for (const JudgedQuery& query : queries) {
    auto& judgments = qrels[query.id];
    for (const auto& [content, judged] : query.contents) {
      GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library.pictures(judged.pictures));
      for (const auto& picture : pictures) judgments[picture.path.native()] = judged.grade;
      if (pictures.empty()) judgments[document_of_content(content)] = judged.grade;
    }
  }
  return qrels;
}

std::string topics_text(const std::vector<JudgedQuery>& queries) {
  std::string text;
  for (const JudgedQuery& query : queries) {
    std::string words = query.words;
    for (char& c : words) c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;  // the same query, on one line
    text += fmt::format("{}\t{}\n", query.id, words);
  }
  return text;
}

Result<ImportedJudgments> read_judgments(const fs::path& file, const fs::path& topics_file, const std::string& judge,
                                         const library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto qrels, evaluate::read_qrels(file));
  GLIMPSE_ASSIGN_OR_RETURN(const auto topics,
                           read_topics(topics_file.empty() ? topics_file_of(file) : topics_file, !topics_file.empty()));
  Reader reader(library, topics, judge);
  for (const auto& [id, judgments] : qrels) {
    GLIMPSE_RETURN_IF_ERROR(reader.add(id, judgments).with_context(display(file)));
  }
  return reader.take();
}

}  // namespace glimpse::app
