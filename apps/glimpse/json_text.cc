#include "json_text.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

namespace glimpse::app {
namespace {

std::string line_of(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

void print_json(const nlohmann::ordered_json& value) { fmt::print("{}", line_of(value)); }

void print_json_at_once(const nlohmann::ordered_json& value) {
  std::fflush(stdout);
  const std::string line = line_of(value);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t put = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;  // nobody reads: that is no reason to stop
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace glimpse::app
