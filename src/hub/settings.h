#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace glimpse::hub {

/// Where models come from. Proxies are libcurl's business: it reads https_proxy, http_proxy, all_proxy and no_proxy.
struct Settings {
  std::string endpoint;  ///< HF_ENDPOINT, without a slash at its end. Empty: no hub is known.
  std::string token;     ///< HF_TOKEN, HF_TOKEN_FILE or `token` in HF_HOME. Goes to the endpoint's host alone.
  bool offline = false;  ///< HF_HUB_OFFLINE: 1, true, yes or on.
  std::filesystem::path hub_cache;  ///< HF_HUB_CACHE, else hub/ in HF_HOME, else in ~/.cache/huggingface.
  long connect_timeout_s = 10;
  long stall_timeout_s = 30;  ///< GLIMPSE_HUB_TIMEOUT: how long a transfer may stand still.
  int attempts = 5;           ///< In a row, without a byte more.
};

/// Settings as huggingface_hub reads them, from the environment. Errors: secret_from_environment's, of HF_TOKEN.
Result<Settings> settings_from_environment();

}  // namespace glimpse::hub
