// One connection as a chain of callbacks:
//
//   next_request -> read header -> admit -> [100 Continue] -> read body -> handle -> write -> next_request
//                                    |                                      |          |
//                                    +--- refusal --------------------------+          +-> linger -> close
//
// Invariants: at most one read or write is under way; everything but the handler and file reads runs on the one thread
// of the io_context; a timer is armed whenever the client is the one to act. The header is inspected by
// header_block.cc before Beast's parser sees it; bodies are read only after host, key, route and size were accepted.
// After a refusal with an unread body the connection closes, but lingers first: closing a socket with unread bytes
// resets it, and the client might never see the answer.

#include "server/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <optional>

#include "server/failure.h"
#include "server/header_block.h"

namespace glimpse::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using ErrorStatus = boost::system::error_code;

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kFileChunkBytes = 256 << 10;
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kUnmatched = "unmatched";

bool accepts_media_type(BodyKind kind, std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  if (kind == BodyKind::kJson) return type == "application/json";
  return type.starts_with("image/") || type == "application/octet-stream";
}

class Session final : public Connection, public std::enable_shared_from_this<Session> {
 public:
  Session(Engine& engine, asio::io_context& context, asio::ip::tcp::socket socket, std::string remote,
          std::string local)
      : engine_(engine),
        limits_(engine.options.limits),
        context_(context),
        socket_(std::move(socket)),
        timer_(context),
        remote_(std::move(remote)),
        local_(std::move(local)) {}

  void start() override {
    ErrorStatus ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    fresh_ = true;
    next_request();
  }
  void refuse(Response refusal) override {
    keep_alive_ = false;
    begin_answer();
    respond(std::move(refusal));
  }
  void drain() override {
    if (idle_) close();
  }
  void close() override;
  const std::string& remote_address() const override { return remote_; }

 private:
  void next_request();
  void read_header();
  void advance_header();
  void begin_answer();
  void on_header();
  std::optional<Response> admit();
  std::optional<Response> admit_body(BodyKind kind);
  Response answer_options(const Router::Match& match) const;
  void read_body();
  void on_body(ErrorStatus status);
  void release_body();
  void dispatch();
  void respond(Response response);
  void on_written(ErrorStatus status);
  void pump_file();
  void send_chunk(std::size_t size);
  void finish_answer();
  void linger();
  void discard();
  void arm(std::chrono::milliseconds time);
  void disarm();
  void on_timeout();
  /// True, and dealt with, when the pending operation ended because its time was up or the connection was closed.
  bool interrupted();

  Engine& engine_;
  const Limits& limits_;
  asio::io_context& context_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::string remote_;
  std::string local_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Request request_;
  const Route* route_ = nullptr;
  Response response_;
  std::string head_;
  std::vector<char> chunk_;
  Clock::time_point started_;
  std::uint64_t timer_generation_ = 0;
  std::size_t body_reserved_ = 0;
  std::uint64_t sent_bytes_ = 0;  ///< Of the answer's body.
  bool fresh_ = false;            ///< No byte was received yet.
  bool idle_ = false;             ///< Between requests.
  bool closed_ = false;
  bool timed_out_ = false;
  bool lingering_ = false;
  bool writing_ = false;
  bool keep_alive_ = false;
};

void Session::close() {
  if (closed_) return;
  closed_ = true;
  disarm();
  release_body();
  ErrorStatus ignored;
  socket_.close(ignored);
  engine_.closed(shared_from_this());
}

void Session::arm(std::chrono::milliseconds time) {
  const std::uint64_t generation = ++timer_generation_;
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this(), generation](ErrorStatus status) {
    if (!status && generation == self->timer_generation_) self->on_timeout();
  });
}

void Session::disarm() {
  ++timer_generation_;
  timer_.cancel();
}

void Session::on_timeout() {
  if (idle_ || lingering_ || writing_) return close();
  timed_out_ = true;  // a header or body is late: end the read, which then answers 408
  ErrorStatus ignored;
  socket_.cancel(ignored);
}

bool Session::interrupted() {
  if (closed_) return true;
  if (!timed_out_) return false;
  timed_out_ = false;
  keep_alive_ = false;
  respond(failure(408, "request_timeout", "the request came too slowly"));
  return true;
}

void Session::next_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes + 1024));
  parser_->body_limit(boost::none);
  request_ = Request{};
  route_ = nullptr;
  idle_ = buffer_.size() == 0;
  arm(idle_ && !fresh_ ? limits_.idle_time : limits_.header_time);
  advance_header();
}

void Session::read_header() {
  socket_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](ErrorStatus status, std::size_t size) {
                            if (self->interrupted()) return;
                            if (status) return self->close();
                            self->buffer_.commit(size);
                            if (self->idle_ && !self->fresh_) self->arm(self->limits_.header_time);
                            self->idle_ = self->fresh_ = false;
                            self->advance_header();
                          });
}

void Session::advance_header() {
  const std::string_view received(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  HeaderBlock block = inspect_header_block(received, limits_);
  if (!block.refusal && block.size == 0) return read_header();
  disarm();
  begin_answer();
  ErrorStatus status;
  if (!block.refusal) buffer_.consume(parser_->put(buffer_.data(), status));
  if (block.refusal || status || !parser_->is_header_done()) {
    keep_alive_ = false;
    return respond(block.refusal ? std::move(*block.refusal)
                                 : failure(400, "malformed_request", "the request header: " + status.message()));
  }
  on_header();
}

void Session::begin_answer() { started_ = Clock::now(); }

void Session::on_header() {
  const auto& message = parser_->get();
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  request_.remote_address = remote_;
  request_.local_address = local_;
  for (const auto& field : message) {
    request_.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  const bool has_body = !parser_->is_done();
  keep_alive_ = message.keep_alive() && !has_body;
  if (std::optional<Response> refusal = admit()) return respond(std::move(*refusal));
  keep_alive_ = message.keep_alive();
  if (!has_body) return dispatch();
  read_body();
}

/// Everything that can be decided from the header alone.
std::optional<Response> Session::admit() {
  if (auto refusal = refuse_ambiguous_framing(request_.headers, static_cast<int>(parser_->get().version()))) {
    keep_alive_ = false;
    return refusal;
  }
  if (!split_target(request_)) return failure(400, "malformed_request", "the request target must begin with '/'");
  const Router::Match match = engine_.router.find(request_);
  route_ = match.route;
  if (auto refusal = engine_.guard.refuse(request_, route_ != nullptr && route_->open)) return refusal;
  if (route_ != nullptr) return admit_body(route_->body);
  if (match.allow.empty()) return failure(404, "not_found", "no such route; see /openapi.yaml");
  return answer_options(match);
}

Response Session::answer_options(const Router::Match& match) const {
  Response response;
  if (request_.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = failure(405, "method_not_allowed", fmt::format("use {}", match.allow));
  }
  response.headers.add("Allow", match.allow + ", OPTIONS");
  return response;
}

std::optional<Response> Session::admit_body(BodyKind kind) {
  if (kind == BodyKind::kNone) {
    if (parser_->is_done()) return std::nullopt;
    return failure(400, "malformed_request", "this route takes no body");
  }
  const std::string_view coding = request_.headers.get("Content-Encoding");
  if (!accepts_media_type(kind, request_.headers.get("Content-Type")) ||
      (!coding.empty() && !equal_nocase(coding, "identity"))) {
    return failure(415, "unsupported_media_type",
                   kind == BodyKind::kJson ? "send Content-Type: application/json, without Content-Encoding"
                                           : "send Content-Type: image/…, without Content-Encoding");
  }
  const std::size_t limit = kind == BodyKind::kJson ? limits_.json_bytes : limits_.upload_bytes;
  const auto declared = parser_->content_length();
  if (declared && *declared > limit) {
    return failure(413, "payload_too_large", fmt::format("the body: at most {} bytes, got {}", limit, *declared));
  }
  const std::size_t reserve = declared ? static_cast<std::size_t>(*declared) : limit;
  if (engine_.body_bytes + reserve > limits_.uploads_bytes_total) {
    return failure(503, "unavailable", "too many uploads at one time; try again");
  }
  parser_->body_limit(limit);
  engine_.body_bytes += reserve;
  body_reserved_ = reserve;
  return std::nullopt;
}

void Session::release_body() {
  engine_.body_bytes -= body_reserved_;
  body_reserved_ = 0;
}

void Session::read_body() {
  arm(limits_.body_time);
  const auto read = [self = shared_from_this()] {
    http::async_read(self->socket_, self->buffer_, *self->parser_,
                     [self](ErrorStatus status, std::size_t) { self->on_body(status); });
  };
  if (!equal_nocase(request_.headers.get("Expect"), "100-continue")) return read();
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this(), read](ErrorStatus status, std::size_t) {
                      if (self->interrupted()) return;
                      if (status) return self->close();
                      read();
                    });
}

void Session::on_body(ErrorStatus status) {
  if (interrupted()) return;
  disarm();
  if (!status) {
    request_.body = std::move(parser_->get().body());
    return dispatch();
  }
  keep_alive_ = false;
  if (status == http::error::body_limit) {
    return respond(failure(413, "payload_too_large", "the body is larger than this route's limit"));
  }
  const bool malformed = status.category() == make_error_code(http::error::bad_chunk).category() &&
                         status != http::error::end_of_stream && status != http::error::partial_message;
  if (!malformed) return close();
  respond(failure(400, "malformed_request", "the request body: " + status.message()));
}

Response call_handler(const Route& route, const Request& request) {
  try {
    return route.handler(request);
  } catch (const std::exception& exception) {  // the seam to third-party code below: memory, JSON
    return failure(500, "internal", fmt::format("{}: {}", route.pattern, exception.what()));
  }
}

void Session::dispatch() {
  if (route_->on_loop) return respond(call_handler(*route_, request_));
  const bool taken = engine_.workers.try_post([self = shared_from_this()] {
    self->response_ = call_handler(*self->route_, self->request_);
    asio::post(self->context_, [self] { self->respond(std::move(self->response_)); });
  });
  if (!taken) respond(failure(503, "unavailable", "the server is busy; try again"));
}

void Session::respond(Response response) {
  if (closed_) return;
  release_body();
  engine_.guard.decorate(request_, response);
  keep_alive_ = keep_alive_ && !engine_.draining;
  response_ = std::move(response);
  head_ = response_head(response_, keep_alive_);
  std::string_view body;
  const bool bodyless = request_.method == "HEAD" || response_.status == 204 || response_.status == 304;
  if (bodyless) response_.body = std::string();
  sent_bytes_ = response_.body_size();
  if (const auto* text = std::get_if<std::string>(&response_.body)) body = *text;
  if (const auto* bytes = std::get_if<StaticBytes>(&response_.body)) body = bytes->bytes;
  writing_ = true;
  arm(limits_.write_time);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body)};
  asio::async_write(socket_, buffers,
                    [self = shared_from_this()](ErrorStatus status, std::size_t) { self->on_written(status); });
}

void Session::on_written(ErrorStatus status) {
  if (closed_) return;
  if (status) return close();
  if (std::holds_alternative<FileSlice>(response_.body)) return pump_file();
  finish_answer();
}

/// Sends a file piece by piece: memory stays bounded, and a slow disk holds up a worker, not the socket thread.
void Session::pump_file() {
  auto& slice = std::get<FileSlice>(response_.body);
  if (slice.size == 0) return finish_answer();
  disarm();
  chunk_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(slice.size, kFileChunkBytes)));
  engine_.workers.post([self = shared_from_this()] {
    const auto& file = std::get<FileSlice>(self->response_.body);
    const Result<std::size_t> size = file.file.read_at(file.offset, self->chunk_);
    asio::post(self->context_, [self, size = size.value_or(0)] { self->send_chunk(size); });
  });
}

void Session::send_chunk(std::size_t size) {
  if (closed_) return;
  // The file became shorter or unreadable: the length is promised already, so the only honest end is a cut.
  if (size != chunk_.size()) return close();
  auto& slice = std::get<FileSlice>(response_.body);
  slice.offset += size;
  slice.size -= size;
  arm(limits_.write_time);
  asio::async_write(socket_, asio::buffer(chunk_),
                    [self = shared_from_this()](ErrorStatus status, std::size_t) { self->on_written(status); });
}

void Session::finish_answer() {
  writing_ = false;
  disarm();
  const std::chrono::duration<double> time = Clock::now() - started_;
  const std::string_view route = route_ != nullptr ? std::string_view(route_->pattern) : kUnmatched;
  engine_.metrics.count_request(route, request_.method, response_.status, time.count());
  if (engine_.log) {
    engine_.log({.remote_address = remote_,
                 .method = request_.method,
                 .target = request_.target,
                 .status = response_.status,
                 .body_bytes = sent_bytes_,
                 .milliseconds = time.count() * 1000});
  }
  response_ = Response{};
  if (keep_alive_ && !engine_.draining) return next_request();
  linger();
}

void Session::linger() {
  lingering_ = true;
  ErrorStatus ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  arm(kLingerTime);
  buffer_.clear();
  discard();
}

void Session::discard() {
  socket_.async_read_some(buffer_.prepare(kReadBytes), [self = shared_from_this()](ErrorStatus status, std::size_t) {
    if (self->closed_) return;
    if (status) return self->close();
    self->discard();
  });
}

}  // namespace

std::shared_ptr<Connection> make_connection(Engine& engine, asio::io_context& context, int fd, bool ipv6,
                                            std::string remote_address, std::string local_address) {
  asio::ip::tcp::socket socket(context);
  ErrorStatus status;
  socket.assign(ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), fd, status);
  if (status) return nullptr;
  return std::make_shared<Session>(engine, context, std::move(socket), std::move(remote_address),
                                   std::move(local_address));
}

}  // namespace glimpse::server
