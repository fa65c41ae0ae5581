#include "mirroring.h"

#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "store_settings.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{250};
constexpr std::chrono::seconds kAfterFailure{10};

bool can_wait(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded ||
         code == ErrorCode::kResourceExhausted;
}

}  // namespace

Mirroring::Mirroring(library::Library& library, std::unique_ptr<qdrant::Client> client,
                     std::unique_ptr<qdrant::Mirror> mirror, std::string place)
    : library_(library), client_(std::move(client)), mirror_(std::move(mirror)), place_(std::move(place)) {}

Result<std::unique_ptr<Mirroring>> Mirroring::open(const CommonFlags& common, library::Library& library,
                                                   const library::Generation& generation, const CancelToken& cancel) {
  if (!uses_qdrant(common.store)) return std::unique_ptr<Mirroring>();
  GLIMPSE_ASSIGN_OR_RETURN(const auto settings, store_settings(common.store));
  GLIMPSE_ASSIGN_OR_RETURN(auto client, qdrant::Client::open(settings, &cancel));
  GLIMPSE_ASSIGN_OR_RETURN(auto store, qdrant::Store::open(*client, collection_name(common.store)));
  std::string place = fmt::format("collection {} at {}", store.name(), client->server());
  GLIMPSE_ASSIGN_OR_RETURN(auto mirror,
                           qdrant::Mirror::open(library, generation, std::move(store), mirror_options(common.store)));
  return std::unique_ptr<Mirroring>(new Mirroring(library, std::move(client), std::move(mirror), std::move(place)));
}

Result<void> Mirroring::start(bool quiet) {
  const auto reached = mirror_->reach();
  if (!reached && !can_wait(reached.error().code())) return reached.error();
  if (!reached && !quiet) fmt::print(stderr, "glimpse: {}; indexing goes on without it\n", reached.error().message());
  thread_ = std::thread([this] { follow(); });
  return {};
}

Mirroring::~Mirroring() { stop(); }

void Mirroring::follow() {
  std::unique_lock lock(mutex_);
  auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(kBetweenLooks);
  std::int64_t seen = -1;
  while (!wake_.wait_for(lock, pause, [this] { return stopping_; })) {
    pause = kBetweenLooks;
    const auto version = library_.data_version();
    if (!version || *version == seen) continue;
    lock.unlock();
    const auto report = mirror_->send_new();
    lock.lock();
    if (report) {
      sent_ += *report;
      seen = *version;
    } else {
      pause = kAfterFailure;  // finish() says what is wrong, if it still is.
    }
  }
}

void Mirroring::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

MirrorOutcome Mirroring::finish() {
  stop();
  MirrorOutcome outcome{.report = sent_};
  const auto rest = mirror_->sync();
  if (rest) {
    outcome.report += *rest;
  } else {
    outcome.error = rest.error();
  }
  const auto waiting = mirror_->waiting();
  if (waiting) {
    outcome.waiting = *waiting;
  } else if (!outcome.error) {
    outcome.error = waiting.error();
  }
  return outcome;
}

void print_outcome(const Mirroring& mirroring, const MirrorOutcome& outcome) {
  const auto& r = outcome.report;
  if (outcome.error) {
    fmt::print(stderr, "glimpse: {}\n", outcome.error->message());
    fmt::print(stderr, "{} pictures wait to be sent to {}: the next 'glimpse index' sends them; nothing is lost\n",
               human_count(outcome.waiting), mirroring.place());
    return;
  }
  std::string text =
      fmt::format("{}: {} sent, {} deleted", mirroring.place(), human_count(r.sent), human_count(r.deleted));
  if (r.repaired > 0)
    text += fmt::format(", {} repaired (the collection had lost some, or kept some)", human_count(r.repaired));
  fmt::print(stderr, "{}\n", text);
  if (r.others > 0) {
    fmt::print(stderr,
               "the name still leads to the former model: {} pictures of other machines are not embedded with the new "
               "one yet; the last machine to do so switches\n",
               human_count(r.others));
  }
}

nlohmann::ordered_json outcome_json(const MirrorOutcome& outcome) {
  const auto& r = outcome.report;
  nlohmann::ordered_json json = {{"sent", r.sent},
                                 {"deleted", r.deleted},
                                 {"repaired", r.repaired},
                                 {"waiting", outcome.waiting},
                                 {"others", r.others}};
  if (outcome.error) json["error"] = outcome.error->message();
  return json;
}

}  // namespace glimpse::app
