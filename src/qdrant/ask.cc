#include "qdrant/ask.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace glimpse::qdrant {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kQuoted = 300;  ///< Bytes of an answer that a message repeats.

bool may_pass(long status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool may_pass(ErrorCode code) { return code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded; }

/// How Qdrant words a disk or memory that is full, whatever status it comes with.
bool is_full(long status, std::string_view reason) {
  const auto says = [&](std::string_view words) { return reason.find(words) != std::string_view::npos; };
  return status == 507 || says("No space left") || says("no space left") || says("not enough space") ||
         says("disk usage") || says("Insufficient storage");
}

std::string reason_of(const Reply& reply) {
  const Json answer = parse_limited(reply.body);
  const Json& status = member(answer, "status");
  const Json& error = status.is_object() ? member(status, "error") : member(answer, "error");
  std::string text = error.is_string() ? error.get<std::string>() : reply.body.substr(0, kQuoted);
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.empty() ? "no reason given" : text;
}

Error refusal(const Transport& transport, const Reply& reply) {
  const std::string reason = reason_of(reply);
  const std::string& at = transport.server();
  if (is_full(reply.status, reason)) {
    return Error::resource_exhausted("Qdrant at {} is full ({}: {}): give it disk or memory; nothing is lost", at,
                                     reply.status, reason);
  }
  if (reply.status == 401 || reply.status == 403) {
    return Error::invalid_argument("Qdrant at {} refused the API key ({}: {}): set QDRANT_API_KEY to one that may {}",
                                   at, reply.status, reason, "read and write this collection");
  }
  if (reply.status == 404) return Error::not_found("Qdrant at {}: {}", at, reason);
  if (reply.status == 409) return Error::already_exists("Qdrant at {}: {}", at, reason);
  if (may_pass(reply.status)) {
    return Error::unavailable("Qdrant at {} answered {}: {}", at, reply.status, reason);
  }
  if (reply.status >= 300 && reply.status < 400) {
    return Error::invalid_argument("{} answered {}: it sends elsewhere; set QDRANT_URL to where Qdrant itself is", at,
                                   reply.status);
  }
  return Error::invalid_argument("Qdrant at {} refused the request ({}: {})", at, reply.status, reason);
}

/// One attempt, judged.
struct Attempt {
  Result<Json> result;
  bool may_pass = false;
  double retry_after_s = 0;
};

Attempt attempt(Transport& transport, Method method, const std::string& path, std::string_view body) {
  auto reply = transport.send(method, path, body);
  if (!reply) return {reply.error(), may_pass(reply.error().code())};
  if (reply->status != 200 && reply->status != 201 && reply->status != 202) {
    Error error = refusal(transport, *reply);
    const bool again = may_pass(reply->status) && error.code() != ErrorCode::kResourceExhausted;
    return {std::move(error), again, reply->retry_after_s};
  }
  Json answer = parse_limited(reply->body);
  if (!answer.is_object() || !answer.contains("result") || !answer.contains("status")) {
    return {unknown_answer(transport, "an object with 'result' and 'status'"), true};
  }
  return {std::move(answer["result"])};
}

/// Half of the pause is certain, half is drawn: clients that failed together do not come back together.
double drawn(double pause_s) {
  thread_local std::minstd_rand random(std::random_device{}());
  return pause_s * std::uniform_real_distribution<double>(0.5, 1.0)(random);
}

bool sleep_unless_cancelled(const Transport& transport, double seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    if (transport.cancelled()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return !transport.cancelled();
}

}  // namespace

Json parse_limited(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  return too_deep ? Json(Json::value_t::discarded) : json;
}

const Json& member(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string in_path(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Error unknown_answer(const Transport& transport, std::string_view expected) {
  return Error::unavailable(
      "{}: the answer is not one of Qdrant's (expected {}): does QDRANT_URL lead to Qdrant, version 1.10 or later?",
      transport.server(), expected);
}

Result<Json> ask(Transport& transport, Method method, const std::string& path, std::string_view body) {
  const Settings& settings = transport.settings();
  double pause_s = settings.first_pause_s;
  for (int tries = 1;; ++tries) {
    Attempt done = attempt(transport, method, path, body);
    if (done.result) return std::move(done.result);
    if (!done.may_pass) return std::move(done.result);
    if (tries >= settings.attempts) {
      const Error& error = done.result.error();
      return Error(error.code(), fmt::format("{} (tried {} times)", error.message(), tries));
    }
    const double wait_s = std::max(drawn(pause_s), done.retry_after_s);
    if (!sleep_unless_cancelled(transport, std::min(wait_s, settings.longest_pause_s))) {
      return Error::cancelled("stopped; the next run goes on where it stopped");
    }
    pause_s = std::min(pause_s * 2, settings.longest_pause_s);
  }
}

}  // namespace glimpse::qdrant
