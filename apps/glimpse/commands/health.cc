// What a container's health check and a unit's start-up script run: one question, one answer, one line.
#include <fmt/core.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "hub/probe.h"
#include "json_text.h"

namespace glimpse::app {
namespace {

struct Health {
  bool ready = false;
  std::string status;  ///< The server's word: ok, starting, stopping; or unreachable, unexpected.
  std::string reason;  ///< Why it is not ready.
};

Health judge(const std::string& url, const hub::ProbeAnswer& answer) {
  const std::string said = answer.body.substr(0, answer.body.find('\n'));
  if (answer.status == 200 && said == "ok") return {.ready = true, .status = said, .reason = ""};
  if (answer.status == 503 && (said == "starting" || said == "stopping")) {
    return {.status = said, .reason = fmt::format("{}: the server is {}", url, said)};
  }
  return {.status = "unexpected",
          .reason = fmt::format("{}: expected 200 and 'ok', found {}: is another server there?", url, answer.status)};
}

void print(const CommonFlags& common, const std::string& url, const Health& health) {
  if (common.json) {
    nlohmann::ordered_json answer = {{"url", url}, {"ready", health.ready}, {"status", health.status}};
    if (!health.ready) answer["reason"] = health.reason;
    print_json(answer);
  } else if (health.ready) {
    fmt::print("ready\n");
  }
  if (!health.ready) fmt::print(stderr, "glimpse: not ready: {}\n", health.reason);
}

}  // namespace

Result<ExitCode> run_health(const CommonFlags& common, const HealthFlags& flags) {
  std::string url = flags.url.empty() ? fmt::format("http://127.0.0.1:{}", flags.port) : flags.url;
  while (url.ends_with('/')) url.pop_back();
  const auto timeout = std::chrono::milliseconds(static_cast<int>(flags.timeout * 1000));
  const auto answer = hub::probe(url + "/readyz", timeout);
  if (!answer && answer.error().code() != ErrorCode::kUnavailable) return answer.error();
  const Health health =
      answer ? judge(url, *answer) : Health{.status = "unreachable", .reason = answer.error().message()};
  print(common, url, health);
  return health.ready ? ExitCode::kDone : ExitCode::kNothingFound;
}

}  // namespace glimpse::app
