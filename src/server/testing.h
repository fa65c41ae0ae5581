#pragma once

// For this room's tests: a backend in memory over real files, a server on a thread of its own, a client that sends
// bytes.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "base/temp_directory.h"
#include "server/server.h"

namespace glimpse::server {

/// Three pictures on disk and a fourth, larger one; answers without any model.
class MemoryBackend : public Backend {
 public:
  MemoryBackend() {
    std::filesystem::create_directories(root() / "dogs");
    write("dogs/black dog.jpg", jpeg(600));
    write("dogs/ümlaut.jpg", jpeg(700));
    write("cat.png", jpeg(800));
    write("big.jpg", jpeg(3 << 20));
    std::ofstream(temporary_.path() / "secret.txt") << "TOP-SECRET";
  }
  std::filesystem::path root() const { return temporary_.path() / "pictures"; }
  static std::string jpeg(std::size_t size) {
    std::string bytes = "\xFF\xD8\xFF\xE0";
    while (bytes.size() < size) bytes.push_back(static_cast<char>('a' + bytes.size() % 23));
    return bytes;
  }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(root() / name, std::ios::binary) << bytes;
    names_.push_back(name);
  }

  bool ready() const override { return is_ready; }
  Result<SearchAnswer> search(const SearchRequest& request) override {
    ++calls;
    const int concurrent = ++running;
    if (concurrent > most_running) most_running = concurrent;
    while (blocked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --running;
    {
      const std::lock_guard lock(mutex);
      last = request;
    }
    if (request.text == "throw") throw std::runtime_error("boom");
    if (next_error) return *next_error;
    if (request.like) {
      GLIMPSE_RETURN_IF_ERROR(picture(*request.like));
    }
    if (!request.image.empty() && request.image[0] != std::byte{0xFF})
      return Error::corruption("upload: not a picture");
    return page(request.limit, request.offset, 0.5F);
  }
  Result<SearchAnswer> browse(const SearchRequest& request) override {
    const std::lock_guard lock(mutex);
    last = request;
    return page(request.limit, request.offset, 0);
  }
  Result<FacetsAnswer> facets() override {
    FacetsAnswer answer;
    answer.pictures = static_cast<std::int64_t>(names_.size());
    answer.months = {{"2023-06", 3}, {"2022-12", 1}};
    answer.formats = {{"jpeg", 3}, {"png", 1}};
    answer.folders = {{"pictures", 4}, {"pictures/dogs", 2}};
    answer.cameras = {{"Canon EOS 5D", 1}};
    answer.placed = 1;
    answer.captioned = 1;
    return answer;
  }
  Result<StatusAnswer> status() override {
    FolderState folder{.path = root().string(),
                       .online = false,
                       .offline_since = "2026-11-26T13:05:50Z",
                       .offline_reason = "gone",
                       .pictures = static_cast<std::int64_t>(names_.size()),
                       .watched = true};
    return StatusAnswer{.pictures = static_cast<std::int64_t>(names_.size()),
                        .failed = 1,
                        .model = "test-model",
                        .dimension = 512,
                        .roots = {root().string()},
                        .folders = {std::move(folder)},
                        .captioned = 1,
                        .model_loaded = true,
                        .generation = 3,
                        .judging = true,
                        .building = BuildAnswer{"next-model", 4, 2, 4, true, 12.5, 0.16}};
  }
  Result<Picture> picture(std::int64_t id) override {
    if (id < 1 || id > static_cast<std::int64_t>(names_.size())) return Error::not_found("no picture with id {}", id);
    const std::string& name = names_[static_cast<std::size_t>(id - 1)];
    Picture found{id, (root() / name).string(), name, 40, 30, 0, id == 1 ? "a black dog" : ""};
    found.format = "jpeg";
    found.size_bytes = 600;
    found.modified_at_ms = 1'685'620'800'250;
    if (id == 1) {
      found.taken_at_ms = -1;
      found.camera = "Canon EOS 5D";
      found.latitude = 48.2085;
      found.longitude = -16.3721;
    }
    return found;
  }
  Result<PictureFile> file(std::int64_t id) override {
    GLIMPSE_ASSIGN_OR_RETURN(const Picture found, picture(id));
    return PictureFile{found.path, media_type, root()};
  }
  /// On purpose the opposite of what a backend must do: it trusts the name. So the tests see what the server lets pass.
  Result<PictureFile> file_by_name(const std::string& name) override {
    ++name_lookups;
    if (!std::filesystem::exists(root() / name)) return Error::not_found("no picture named '{}'", name);
    return PictureFile{root() / name, media_type};
  }
  Result<std::vector<std::byte>> thumbnail(std::int64_t id, int max_side) override {
    GLIMPSE_RETURN_IF_ERROR(picture(id));
    last_size = max_side;
    return std::vector<std::byte>(static_cast<std::size_t>(max_side), std::byte{0xAB});
  }

  Result<JudgmentsAnswer> judgments(const JudgmentsRequest& request) override {
    const std::lock_guard lock(mutex);
    if (next_error) return *next_error;
    JudgmentsAnswer answer;
    for (const auto& [key, judgment] : judged) {
      if (request.query.value_or(judgment.query) != judgment.query) continue;
      if (request.judge.value_or(judgment.judge) != judgment.judge) continue;
      if (answer.total++ < request.offset || std::ssize(answer.judgments) >= request.limit) continue;
      answer.judgments.push_back(judgment);
    }
    return answer;
  }
  Result<JudgmentAnswer> judge(const JudgmentRequest& request) override {
    if (next_error) return *next_error;
    GLIMPSE_ASSIGN_OR_RETURN(const Picture found, picture(request.picture));
    const std::lock_guard lock(mutex);
    return judged[{request.query, request.picture, request.judge}] = {
               request.query, request.judge, request.grade,     request.rank,
               "test-model",  "f1",          1'685'620'800'250, {{found.id, found.path}}};
  }
  Result<void> forget_judgment(const JudgmentKey& key) override {
    if (next_error) return *next_error;
    const std::lock_guard lock(mutex);
    if (judged.erase({key.query, key.picture, key.judge}) == 0) return Error::not_found("no such judgment");
    return {};
  }
  Result<std::string> judgments_file(JudgmentsFile which) override {
    if (next_error) return *next_error;
    return std::string(which == JudgmentsFile::kQrels ? "q1 0 /a.jpg 3\n" : "q1\tblack dog\n");
  }

  std::atomic<bool> is_ready{true};
  std::atomic<bool> blocked{false};
  std::atomic<int> calls{0}, running{0}, most_running{0}, name_lookups{0}, last_size{0};
  std::optional<Error> next_error;
  std::string media_type = "image/jpeg";
  std::mutex mutex;
  SearchRequest last;
  std::map<std::tuple<std::string, std::int64_t, std::string>, JudgmentAnswer> judged;

 private:
  SearchAnswer page(int limit, int offset, float score) {
    SearchAnswer answer;
    answer.model = "test-model";
    answer.generation = 3;
    answer.total = static_cast<std::int64_t>(names_.size());
    answer.encode_ms = 1.5;
    answer.search_ms = 0.25;
    for (int i = offset; i < static_cast<int>(names_.size()) && i < offset + limit; ++i) {
      answer.results.push_back(*picture(i + 1));
      answer.results.back().score = score;
    }
    return answer;
  }

  TempDirectory temporary_;
  std::vector<std::string> names_;
};

/// One answer as it came over the wire.
struct Answer {
  int status = 0;  ///< 0: the connection ended without one.
  std::string head;
  std::string body;
  std::string header(const std::string& name) const {
    std::string lowered = head;
    for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string wanted = "\r\n" + name + ": ";
    for (char& c : wanted) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::size_t at = lowered.find(wanted);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + wanted.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

/// A blocking client that sends exactly the bytes it is given.
class Client {
 public:
  explicit Client(int port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  bool connected() const { return connected_; }
  void send(const std::string& bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
  }
  /// Sends no more.
  void finish() const { ::shutdown(fd_, SHUT_WR); }
  /// Reads one answer; `head_only` for HEAD.
  Answer receive(bool head_only = false) {
    Answer answer;
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return answer;
    }
    answer.head = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const std::string length = answer.header("content-length");
    const std::size_t size = head_only || length.empty() ? 0 : std::stoull(length);
    while (pending_.size() < size && more()) {
    }
    answer.body = pending_.substr(0, size);
    pending_.erase(0, size);
    return answer;
  }
  /// Everything until the server ends the connection.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(pending_, {});
  }
  /// Whether the server has ended the connection and nothing unread is left.
  bool at_end() { return pending_.empty() && !more(); }

 private:
  bool more() {
    char bytes[65536];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    pending_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  int fd_ = -1;
  bool connected_ = false;
  std::string pending_;
};

/// A running server on a port of its own.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, AccessLog log = {}) {
    options.port = 0;
    if (options.threads == 0) options.threads = 2;
    auto made = Server::listen(std::move(options), backend, std::move(log));
    if (!made) throw std::runtime_error(made.error().message());
    server = *std::move(made);
    thread_ = std::thread([this] { EXPECT_TRUE(server->run()); });
  }
  ~TestServer() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    backend.blocked = false;
    server->stop();
    thread_.join();
  }
  int port() const { return server->port(); }

  /// Sends one request on a connection of its own.
  Answer raw(const std::string& bytes) const {
    Client client(port());
    client.send(bytes);
    return client.receive(bytes.starts_with("HEAD"));
  }
  Answer get(const std::string& target, const std::string& fields = "") const {
    return raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
  }
  Answer post(const std::string& target, const std::string& body, const std::string& type = "application/json",
              const std::string& fields = "") const {
    return raw("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body);
  }

  MemoryBackend backend;
  std::unique_ptr<Server> server;

 private:
  std::thread thread_;
};

}  // namespace glimpse::server
