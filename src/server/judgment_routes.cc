#include "server/judgment_routes.h"

#include "server/failure.h"
#include "server/wire_judgments.h"

namespace glimpse::server {
namespace {

/// A server without a library can keep no judgments, whatever is sent: that is no fault of the request's media type.
Response refusal(const Error& error) {
  if (error.code() == ErrorCode::kUnsupported) return failure(501, name_of(error.code()), error.message());
  return failure(error);
}

Response list(const ApiContext& context, const Request& request) {
  auto parsed = parse_judgments_query(request.query);
  if (!parsed) return std::move(parsed).error();
  const auto answer = context.backend.judgments(*parsed);
  return answer ? json_response(judgments_json(*parsed, *answer)) : refusal(answer.error());
}

Response put(const ApiContext& context, const Request& request) {
  auto parsed = parse_judgment_body(request.body);
  if (!parsed) return std::move(parsed).error();
  const auto answer = context.backend.judge(*parsed);
  return answer ? json_response(judgment_json(*answer)) : refusal(answer.error());
}

Response erase(const ApiContext& context, const Request& request) {
  auto key = parse_judgment_key(request.query);
  if (!key) return std::move(key).error();
  const auto erased = context.backend.forget_judgment(*key);
  if (!erased) return refusal(erased.error());
  Response response;
  response.status = 204;
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Response file(const ApiContext& context, JudgmentsFile which, const char* name) {
  auto text = context.backend.judgments_file(which);
  if (!text) return refusal(text.error());
  Response response;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  response.headers.add("Cache-Control", "no-store");
  response.body = *std::move(text);
  return response;
}

}  // namespace

void add_judgment_routes(Router& router, const ApiContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto function, BodyKind body = BodyKind::kNone) {
    router.add({.method = method,
                .pattern = pattern,
                .handler = [context, function](const Request& request) { return function(context, request); },
                .body = body});
  };
  add("GET", "/api/v1/judgments", list);
  add("POST", "/api/v1/judgments", put, BodyKind::kJson);
  add("DELETE", "/api/v1/judgments", erase);
  add("GET", "/api/v1/judgments.qrels",
      [](const ApiContext& c, const Request&) { return file(c, JudgmentsFile::kQrels, "judgments.qrels"); });
  add("GET", "/api/v1/judgments.topics",
      [](const ApiContext& c, const Request&) { return file(c, JudgmentsFile::kTopics, "judgments.topics"); });
}

}  // namespace glimpse::server
