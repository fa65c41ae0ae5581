#include "evaluate/trec.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/file.h"

namespace glimpse::evaluate {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return fields;
}

template <typename T>
bool parse_number(std::string_view text, T& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// Hands the fields of each line that is not empty to `take(fields)`, and puts file and line before its error.
template <typename Take>
Result<void> for_each_line(const std::filesystem::path& file, std::size_t count, const Take& take) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxTrecBytes));
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto fields = fields_of(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (fields.empty()) continue;
    const auto where = fmt::format("{}, line {}", display(file), number);
    if (fields.size() != count) {
      return Error::corruption("{}: expected {} fields, got {}", where, count, fields.size());
    }
    GLIMPSE_RETURN_IF_ERROR(Result<void>(take(fields)).with_context(where));
  }
  return {};
}

}  // namespace

Result<Qrels> read_qrels(const std::filesystem::path& file) {
  Qrels qrels;
  GLIMPSE_RETURN_IF_ERROR(for_each_line(file, 4, [&](const auto& fields) -> Result<void> {
    int grade = 0;
    if (!parse_number(fields[3], grade)) {
      return Error::corruption("expected a whole number as grade, got '{}'", fields[3]);
    }
    const bool fresh = qrels[std::string(fields[0])].emplace(fields[2], grade).second;
    if (!fresh) return Error::corruption("query '{}' has a grade for '{}' already", fields[0], fields[2]);
    return {};
  }));
  return qrels;
}

Result<Run> read_run(const std::filesystem::path& file) {
  Run run;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> seen;
  GLIMPSE_RETURN_IF_ERROR(for_each_line(file, 6, [&](const auto& fields) -> Result<void> {
    double score = 0;
    if (!parse_number(fields[4], score) || !std::isfinite(score)) {
      return Error::corruption("expected a finite number as score, got '{}'", fields[4]);
    }
    if (!seen[std::string(fields[0])].emplace(fields[2]).second) {
      return Error::corruption("query '{}' has '{}' already", fields[0], fields[2]);
    }
    run[std::string(fields[0])].push_back({std::string(fields[2]), score});
    return {};
  }));
  return run;
}

std::string encode_trec_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '%' || byte == 0x7F) {
      text += fmt::format("%{:02X}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string decode_trec_name(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned value = 0;
    const char* digits = name.data() + i + 1;
    if (name[i] == '%' && i + 2 < name.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      text += static_cast<char>(value);
      i += 2;
    } else {
      text += name[i];
    }
  }
  return text;
}

std::string qrels_text(const Qrels& qrels) {
  std::string text;
  for (const auto& [query, judgments] : qrels) {
    for (const auto& [document, grade] : judgments) {
      text += fmt::format("{} 0 {} {}\n", encode_trec_name(query), encode_trec_name(document), grade);
    }
  }
  return text;
}

std::string run_text(const Run& run, std::string_view tag) {
  std::string text;
  for (const auto& [query, answered] : run) {
    auto documents = answered;
    sort_as_trec_eval(documents);
    std::size_t rank = 0;
    for (const auto& [document, score] : documents) {
      text += fmt::format("{} Q0 {} {} {} {}\n", encode_trec_name(query), encode_trec_name(document), ++rank, score,
                          encode_trec_name(tag));
    }
  }
  return text;
}

Evaluation evaluate(const Qrels& qrels, const Run& run, const Cutoffs& cutoffs, Averaging averaging, int right_from) {
  Evaluation evaluation{.cutoffs = cutoffs, .queries = {}, .mean = {}};
  std::vector<Measures> all;
  for (const auto& [query, judgments] : qrels) {
    const auto answer = run.find(query);
    evaluation.without_answer += answer == run.end() ? 1 : 0;
    if (answer == run.end() && averaging == Averaging::kAnswered) continue;
    std::vector<int> ranked, judged;
    for (const auto& [document, grade] : judgments) judged.push_back(grade);
    if (answer != run.end()) {
      auto documents = answer->second;
      sort_as_trec_eval(documents);
      for (const auto& found : documents) {
        const auto grade = judgments.find(found.document);
        ranked.push_back(grade == judgments.end() ? 0 : grade->second);
      }
    }
    all.push_back(measure(ranked, judged, cutoffs, right_from));
    evaluation.queries.push_back({query, all.back()});
  }
  evaluation.without_judgment = static_cast<std::size_t>(
      std::ranges::count_if(run, [&](const auto& entry) { return !qrels.contains(entry.first); }));
  evaluation.mean = mean(all, cutoffs);
  return evaluation;
}

}  // namespace glimpse::evaluate
