// One attempt is one libcurl transfer. A body is passed on as it comes; when a transfer breaks off, the next one asks
// for the rest with Range, and a server that answers 200 instead begins the file anew. Attempts are counted only while
// no byte arrives, so a large file on a bad line still ends.
#include "hub/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "hub/curl_start.h"

namespace glimpse::hub {
namespace {

constexpr long kMaxRedirects = 10;
constexpr double kFirstPauseS = 0.25, kLongestPauseS = 60;

/// What the callbacks of one transfer share.
struct Transfer {
  const Request& request;
  const CancelToken& cancel;
  CURL* curl;
  bool begun = false;
  std::uint64_t received = 0;
  std::optional<Error> failed = std::nullopt;

  long status() const {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  const long status = transfer.status();
  if (status != 200 && status != 206) return bytes;  // an error's page: not wanted
  const auto keep = [&](Result<void> result) {
    if (!result) transfer.failed = result.error();
    return result.has_value();
  };
  if (!transfer.begun && transfer.request.begin) {
    if (!keep(transfer.request.begin(status == 206 ? transfer.request.from : 0))) return 0;
  }
  transfer.begun = true;
  if (!keep(transfer.request.write(std::as_bytes(std::span(data, bytes))))) return 0;
  transfer.received += bytes;
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->cancel.cancelled() ? 1 : 0;
}

void configure(CURL* curl, const Request& request, const Settings& settings) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "glimpse");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, settings.connect_timeout_s);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, settings.stall_timeout_s);
  if (request.from > 0) curl_easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", request.from).c_str());
  // A bearer token, unlike a header of our own, is libcurl's to withhold from other hosts.
  if (!settings.token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, settings.token.c_str());
  }
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

bool may_pass(long status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

Error refusal(long status, const std::string& url) {
  if (status == 401 || status == 403) {
    return Error::invalid_argument(
        "{}: the hub answered {}: the model is private or must be agreed to: accept its "
        "licence on its page and set HF_TOKEN",
        url, status);
  }
  if (status == 404) return Error::not_found("{}: the hub answered 404: there is no such model, revision or file", url);
  return Error::unavailable("{}: the hub answered {}: try again later", url, status);
}

Error broken(CURLcode code, const char* detail, const std::string& url) {
  const bool no_way =
      code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY;
  return Error::unavailable("{}: {}{}", url, *detail != '\0' ? detail : curl_easy_strerror(code),
                            no_way ? ": is the network up, and HF_ENDPOINT right? 'glimpse model add DIRECTORY' needs "
                                     "neither"
                                   : "");
}

}  // namespace

struct HttpClient::Attempt {
  std::optional<Error> error = std::nullopt;
  bool may_pass = false;  ///< Trying again can help.
  std::uint64_t received = 0;
  std::uint64_t offset = 0;  ///< Where the bytes that were received began.
  double retry_after_s = 0;
};

HttpClient::Attempt HttpClient::attempt(const Request& request) const {
  start_curl_once();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return {.error = Error::internal("libcurl could not start")};
  char detail[CURL_ERROR_SIZE] = "";
  Transfer transfer{request, cancel_, curl.get()};
  configure(curl.get(), request, settings_);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl.get());

  const long status = transfer.status();
  Attempt done{.received = transfer.received, .offset = status == 206 ? request.from : 0};
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &retry_after);
  done.retry_after_s = static_cast<double>(retry_after);
  if (transfer.failed) {
    done.error = std::move(transfer.failed);
  } else if (cancel_.cancelled()) {
    done.error = Error::cancelled("stopped; the same command goes on where it stopped");
  } else if (code != CURLE_OK) {
    done.error = broken(code, detail, request.url);
    done.may_pass = may_pass(code);
  } else if (status != 200 && status != 206) {
    done.error = refusal(status, request.url);
    done.may_pass = may_pass(status);
  } else if (!transfer.begun && request.begin) {  // an empty body
    if (auto begun = request.begin(done.offset); !begun) done.error = begun.error();
  }
  return done;
}

Result<void> HttpClient::pause(double seconds) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    if (cancel_.cancelled()) return Error::cancelled("stopped; the same command goes on where it stopped");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

Result<void> HttpClient::get(Request request) const {
  double pause_s = kFirstPauseS;
  for (int tries = 1;; ++tries) {
    const Attempt done = attempt(request);
    if (!done.error) return {};
    if (done.received > 0) {
      request.from = done.offset + done.received;
      tries = 1;
      pause_s = kFirstPauseS;
    }
    if (!done.may_pass) return *done.error;
    if (tries >= settings_.attempts) {
      return Error(done.error->code(), fmt::format("{} (tried {} times)", done.error->message(), tries));
    }
    GLIMPSE_RETURN_IF_ERROR(pause(std::min(std::max(pause_s, done.retry_after_s), kLongestPauseS)));
    pause_s *= 2;
  }
}

Result<std::string> HttpClient::get_text(const std::string& url, std::size_t max_bytes) const {
  std::string text;
  Request request{.url = url};
  request.begin = [&](std::uint64_t offset) -> Result<void> {
    text.resize(std::min<std::size_t>(text.size(), offset));
    return {};
  };
  request.write = [&](std::span<const std::byte> bytes) -> Result<void> {
    if (text.size() + bytes.size() > max_bytes) {
      return Error::resource_exhausted("{}: an answer of over {} bytes", url, max_bytes);
    }
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  GLIMPSE_RETURN_IF_ERROR(get(std::move(request)));
  return text;
}

}  // namespace glimpse::hub
