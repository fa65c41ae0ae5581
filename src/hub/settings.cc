#include "hub/settings.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "base/secret.h"

#ifndef GLIMPSE_HUB_ENDPOINT
#define GLIMPSE_HUB_ENDPOINT ""
#endif

namespace glimpse::hub {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_on(std::string value) {
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value == "1" || value == "true" || value == "yes" || value == "on";
}

std::filesystem::path home() {
  if (const auto own = variable("HF_HOME"); !own.empty()) return own;
  const auto cache = variable("XDG_CACHE_HOME");
  return (cache.empty() ? std::filesystem::path(variable("HOME")) / ".cache" : std::filesystem::path(cache)) /
         "huggingface";
}

std::string saved_token() {
  std::ifstream file(home() / "token");
  std::string token;
  file >> token;
  return token;
}

}  // namespace

Result<Settings> settings_from_environment() {
  Settings settings;
  settings.endpoint = variable("HF_ENDPOINT");
  if (settings.endpoint.empty()) settings.endpoint = GLIMPSE_HUB_ENDPOINT;
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  GLIMPSE_ASSIGN_OR_RETURN(settings.token, secret_from_environment("HF_TOKEN"));
  if (settings.token.empty()) settings.token = saved_token();
  settings.offline = is_on(variable("HF_HUB_OFFLINE"));
  settings.hub_cache = variable("HF_HUB_CACHE");
  if (settings.hub_cache.empty()) settings.hub_cache = home() / "hub";
  if (const long seconds = std::atol(variable("GLIMPSE_HUB_TIMEOUT").c_str()); seconds > 0) {
    settings.stall_timeout_s = std::min(seconds, 3600L);
    settings.connect_timeout_s = std::min(seconds, 60L);
  }
  return settings;
}

}  // namespace glimpse::hub
