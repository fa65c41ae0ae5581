#include "served_follower.h"

#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "indexing.h"
#include "open_library.h"
#include "open_model.h"

namespace glimpse::app {
namespace {

constexpr int kChecksASecond = 10;
constexpr int kSecondsBetweenTries = 2;

}  // namespace

ServedFollower::ServedFollower(CurrentSearch& search, const CommonFlags& common, const ServeFlags& flags)
    : search_(search), common_(common), flags_(flags) {
  if (flags.watch) thread_ = std::thread([this] { run(); });
}

ServedFollower::~ServedFollower() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void ServedFollower::stop() {
  cancel_.cancel();
  if (LibraryFollower* running = running_.load()) running->stop();
}

void ServedFollower::run() {
  while (!cancel_.cancelled()) {
    Result<void> followed = add_first_folder();
    if (followed) followed = follow();
    if (!followed && followed.error().code() != ErrorCode::kNotFound) {
      say(fmt::format("folders are not followed: {}", followed.error().message()));
    }
    for (int i = 0; i < kSecondsBetweenTries * kChecksASecond && !cancel_.cancelled(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1000 / kChecksASecond));
    }
  }
}

void ServedFollower::say(const std::string& message) {
  if (message == said_) return;
  said_ = message;
  fmt::print(stderr, "glimpse: {}\n", message);
}

Result<void> ServedFollower::add_first_folder() {
  if (flags_.first_folder.empty()) return {};
  const auto reader = library::Library::open(common_.library, {.access = library::Access::kReadOnly});
  if (!reader && reader.error().code() != ErrorCode::kNotFound) return reader.error();
  if (reader) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto roots, (*reader)->roots());
    if (!roots.empty()) return {};
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_write(common_, {.create = true}));
  const auto added = library->add_root(flags_.first_folder);
  if (!added) return Error::unavailable("{}", added.error().message());  // may come: a volume that is mounted later
  return {};
}

Result<void> ServedFollower::follow() {
  GLIMPSE_ASSIGN_OR_RETURN(
      follower_, LibraryFollower::start(common_, flags_.follow,
                                        {.model = [this](library::Library& library) { return model(library); },
                                         .applied = [this](const Burst&) { said_.clear(); },
                                         .trouble = [this](const std::string& message) { say(message); }}));
  running_.store(follower_.get());
  if (cancel_.cancelled()) return {};
  return follower_->run();
}

Result<FollowModel> ServedFollower::model(library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(auto active, library.active_generation());
  if (!active) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto first, open_model(common_, kDefaultModel));
    GLIMPSE_ASSIGN_OR_RETURN(active, generation_of(library, first));
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open || open->generation.id != active->id) {
    return Error::unavailable("model '{}' cannot be opened: pictures wait until it can", active->model);
  }
  return FollowModel{open->generation, open->model.encoder.get(), open};
}

}  // namespace glimpse::app
