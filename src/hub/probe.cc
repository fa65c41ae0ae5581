#include "hub/probe.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "hub/curl_start.h"

namespace glimpse::hub {
namespace {

constexpr std::size_t kMaxBodyBytes = 4096;

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  body.append(data, std::min(size * count, kMaxBodyBytes - body.size()));
  return size * count;
}

Error no_answer(CURLcode code, const char* detail, const std::string& url) {
  const std::string why = *detail != '\0' ? detail : curl_easy_strerror(code);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Error::invalid_argument("'{}': expected a URL such as http://127.0.0.1:3000: {}", url, why);
  }
  return Error::unavailable("{}: {}", url, why);
}

}  // namespace

Result<ProbeAnswer> probe(const std::string& url, std::chrono::milliseconds timeout) {
  start_curl_once();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return Error::internal("libcurl could not start");
  ProbeAnswer answer;
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "glimpse");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) return no_answer(code, detail, url);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace glimpse::hub
