// Judgments in JSON and query strings. The shapes are those of api/openapi.yaml.
#include "server/wire_judgments.h"

#include <algorithm>

#include "filter/time.h"
#include "server/url.h"
#include "server/wire_json.h"

namespace glimpse::server {
namespace {

using MaybeRefusal = std::optional<Refusal>;
using Parameters = std::map<std::string, std::string>;

MaybeRefusal read_query(std::string_view text, std::string_view field, std::string& target) {
  if (text.size() > kMaxQueryBytes) {
    return unprocessable(fmt::format("{}: at most {} bytes, got {}", field, kMaxQueryBytes, text.size()));
  }
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
    return unprocessable(fmt::format("{}: must not be empty; the words that were searched for", field));
  }
  target = text;
  return std::nullopt;
}

MaybeRefusal read_judge(std::string_view text, std::string& target) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (text.size() > kMaxJudgeBytes || std::ranges::any_of(text, is_control)) {
    return unprocessable(
        fmt::format("judge: expected a name of at most {} bytes without control characters", kMaxJudgeBytes));
  }
  target = text;
  return std::nullopt;
}

Refusal bad_number(std::string_view field, std::int64_t low, std::int64_t high, const Json& got) {
  return unprocessable(
      fmt::format("{}: expected a whole number from {} to {}, got {}", field, low, high, excerpt(got)));
}

/// One field of the body into the request.
MaybeRefusal read_field(const std::string& name, const Json& value, JudgmentRequest& request) {
  const auto number = [&](std::int64_t low, std::int64_t high, auto& target) -> MaybeRefusal {
    const auto parsed = whole_number(value, low, high);
    if (!parsed) return bad_number(name, low, high, value);
    target = static_cast<std::remove_reference_t<decltype(target)>>(*parsed);
    return std::nullopt;
  };
  if (name == "picture") return number(1, INT64_MAX, request.picture);
  if (name == "grade") return number(0, kMaxGrade, request.grade);
  if (name == "rank") return number(0, kMaxRank, request.rank);
  if (name == "generation") return number(0, INT64_MAX, request.generation);
  if (name != "query" && name != "judge") {
    return unprocessable(
        fmt::format("{}: unknown field; expected query, picture, grade, judge, rank, generation", excerpt(Json(name))));
  }
  if (!value.is_string()) return unprocessable(fmt::format("{}: expected a string, got {}", name, excerpt(value)));
  const auto& text = value.get_ref<const std::string&>();
  return name == "query" ? read_query(text, name, request.query) : read_judge(text, request.judge);
}

Parsed<Parameters> parameters_of(std::string_view query) {
  auto parameters = parse_query(query);
  if (!parameters) return malformed(parameters.error().message());
  return *std::move(parameters);
}

/// A parameter that is there into a number.
template <typename T>
MaybeRefusal read_number(const Parameters& parameters, const char* name, std::int64_t low, std::int64_t high,
                         T& target) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return std::nullopt;
  const auto value = parse_integer(found->second, low, high);
  if (!value) return bad_number(name, low, high, Json(found->second));
  target = static_cast<T>(*value);
  return std::nullopt;
}

Json judgment_object(const JudgmentAnswer& judgment) {
  Json pictures = Json::array();
  for (const auto& picture : judgment.pictures) pictures.push_back({{"id", picture.id}, {"path", picture.path}});
  return {{"query", judgment.query},
          {"pictures", std::move(pictures)},
          {"grade", judgment.grade},
          {"judge", judgment.judge},
          {"rank", judgment.rank},
          {"model", judgment.model},
          {"fingerprint", judgment.fingerprint},
          {"judged_at", filter::rfc3339(judgment.judged_at_ms)}};
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Parsed<JudgmentRequest> parse_judgment_body(std::string_view text) {
  auto json = parse_object(text);
  if (!json) return Refusal(std::move(json).error());
  JudgmentRequest request;
  for (const auto& [name, value] : json->items()) {
    if (auto refusal = read_field(name, value, request)) return *std::move(refusal);
  }
  for (const char* required : {"query", "picture", "grade"}) {
    if (!json->contains(required)) {
      return unprocessable(
          fmt::format("{}: missing, as in {{\"query\":\"black dog\",\"picture\":17,\"grade\":3}}", required));
    }
  }
  return request;
}

Parsed<JudgmentKey> parse_judgment_key(std::string_view query) {
  auto parameters = parameters_of(query);
  if (!parameters) return Refusal(std::move(parameters).error());
  JudgmentKey key;
  if (!parameters->contains("q") || !parameters->contains("picture")) {
    return unprocessable("give 'q' and 'picture', as in ?q=black%20dog&picture=17");
  }
  if (auto refusal = read_query(parameters->at("q"), "q", key.query)) return *std::move(refusal);
  if (auto refusal = read_number(*parameters, "picture", 1, INT64_MAX, key.picture)) return *std::move(refusal);
  const auto judge = parameters->find("judge");
  if (judge == parameters->end()) return key;
  if (auto refusal = read_judge(judge->second, key.judge)) return *std::move(refusal);
  return key;
}

Parsed<JudgmentsRequest> parse_judgments_query(std::string_view query) {
  auto parameters = parameters_of(query);
  if (!parameters) return Refusal(std::move(parameters).error());
  JudgmentsRequest request;
  if (const auto q = parameters->find("q"); q != parameters->end()) {
    if (auto refusal = read_query(q->second, "q", request.query.emplace())) return *std::move(refusal);
  }
  if (const auto judge = parameters->find("judge"); judge != parameters->end()) {
    if (auto refusal = read_judge(judge->second, request.judge.emplace())) return *std::move(refusal);
  }
  if (auto refusal = read_number(*parameters, "limit", 1, kMaxLimit, request.limit)) return *std::move(refusal);
  if (auto refusal = read_number(*parameters, "offset", 0, kMaxOffset, request.offset)) return *std::move(refusal);
  return request;
}

std::string judgment_json(const JudgmentAnswer& judgment) { return text_of(judgment_object(judgment)); }

std::string judgments_json(const JudgmentsRequest& request, const JudgmentsAnswer& answer) {
  Json judgments = Json::array();
  for (const auto& judgment : answer.judgments) judgments.push_back(judgment_object(judgment));
  return text_of({{"judgments", std::move(judgments)},
                  {"total", answer.total},
                  {"limit", request.limit},
                  {"offset", request.offset},
                  {"damaged", answer.damaged}});
}

}  // namespace glimpse::server
