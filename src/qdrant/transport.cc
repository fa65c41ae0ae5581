// One libcurl handle is one connection that stays open between requests. Handles that nobody uses wait in a list.
#include "qdrant/transport.h"

#include <curl/curl.h>

#include <mutex>
#include <utility>
#include <vector>

namespace glimpse::qdrant {
namespace {

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

constexpr std::size_t kMaxIdle = 64;

void start_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// What the callbacks of one request share.
struct Exchange {
  const CancelToken* cancel;
  std::size_t max_bytes;
  std::string body = {};
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t bytes = size * count;
  exchange.too_large = exchange.body.size() + bytes > exchange.max_bytes;
  if (exchange.too_large) return 0;
  exchange.body.append(data, bytes);
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& exchange = *static_cast<Exchange*>(user);
  return exchange.cancel != nullptr && exchange.cancel->cancelled() ? 1 : 0;
}

const char* name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPut:
      return "PUT";
    case Method::kPost:
      return "POST";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

// "https://name:secret@host/" → "https://host".
std::string without_credentials(std::string url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = url.find('/', host);
  const std::size_t at = url.rfind('@', end == std::string::npos ? url.size() : end);
  if (at != std::string::npos && at >= host) url.erase(host, at + 1 - host);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Headers headers_of(const Settings& settings) {
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  list = curl_slist_append(list, "Accept: application/json");
  list = curl_slist_append(list, "Expect:");  // no pause for a go-ahead before large bodies
  if (!settings.api_key.empty()) list = curl_slist_append(list, ("api-key: " + settings.api_key).c_str());
  return {list, &curl_slist_free_all};
}

long milliseconds(double seconds) { return static_cast<long>(seconds * 1000); }

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

struct Transport::State {
  Settings settings;
  std::string server;
  const CancelToken* cancel;
  Headers headers;
  std::mutex mutex;
  std::vector<Handle> idle;

  Handle take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return {curl_easy_init(), &curl_easy_cleanup};
    Handle handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }

  void give_back(Handle handle) {
    const std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdle) idle.push_back(std::move(handle));
  }

  void configure(CURL* curl, Method method, const std::string& url, std::string_view body) const {
    curl_easy_reset(curl);  // keeps the connection
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "glimpse");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings.connect_timeout_s));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(settings.timeout_s));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, name_of(method));
    if (method != Method::kGet) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data() == nullptr ? "" : body.data());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
  }
};

Transport::Transport(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transport::~Transport() = default;

Result<std::unique_ptr<Transport>> Transport::open(Settings settings, const CancelToken* cancel) {
  if (!settings.url.starts_with("http://") && !settings.url.starts_with("https://")) {
    return Error::invalid_argument("Qdrant's URL: expected http://HOST:PORT or https://HOST:PORT, got '{}'",
                                   settings.url);
  }
  if (!is_printable(settings.url)) return Error::invalid_argument("Qdrant's URL: it has spaces or control characters");
  if (!is_printable(settings.api_key)) {
    return Error::invalid_argument("Qdrant's API key: it has spaces, line ends or other characters no header may have");
  }
  start_curl_once();
  while (settings.url.ends_with('/')) settings.url.pop_back();
  std::string server = without_credentials(settings.url);
  Headers headers = headers_of(settings);
  return std::unique_ptr<Transport>(new Transport(std::unique_ptr<State>(new State{.settings = std::move(settings),
                                                                                   .server = std::move(server),
                                                                                   .cancel = cancel,
                                                                                   .headers = std::move(headers),
                                                                                   .mutex = {},
                                                                                   .idle = {}})));
}

const Settings& Transport::settings() const { return state_->settings; }
const std::string& Transport::server() const { return state_->server; }
bool Transport::cancelled() const { return state_->cancel != nullptr && state_->cancel->cancelled(); }

Result<Reply> Transport::send(Method method, const std::string& path, std::string_view body) {
  Handle curl = state_->take();
  if (curl == nullptr) return Error::internal("libcurl could not start");
  const std::string url = state_->settings.url + path;
  state_->configure(curl.get(), method, url, body);
  char detail[CURL_ERROR_SIZE] = "";
  Exchange exchange{.cancel = state_->cancel, .max_bytes = state_->settings.max_answer_bytes};
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &exchange);
  const CURLcode code = curl_easy_perform(curl.get());
  if (cancelled()) return Error::cancelled("stopped; the next run goes on where it stopped");
  if (exchange.too_large) {
    return Error::resource_exhausted("Qdrant at {}: an answer of over {} bytes", server(), exchange.max_bytes);
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Error::deadline_exceeded("Qdrant at {}: no answer in time: {}", server(), detail);
  }
  if (code != CURLE_OK) {
    return Error::unavailable("Qdrant at {}: {}: is it running, and is QDRANT_URL right?", server(),
                              *detail != '\0' ? detail : curl_easy_strerror(code));
  }
  Reply reply{.status = 0, .body = std::move(exchange.body), .retry_after_s = 0};
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &retry_after);
  reply.retry_after_s = static_cast<double>(retry_after);
  state_->give_back(std::move(curl));
  return reply;
}

}  // namespace glimpse::qdrant
