#include "current_remote.h"

#include <fmt/core.h>

#include <utility>

#include "store_settings.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::seconds kBetweenLooks{3};

Error as_unavailable(const Error& error) { return {ErrorCode::kUnavailable, error.message()}; }

}  // namespace

Result<std::unique_ptr<CurrentRemote>> CurrentRemote::create(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto settings, quick_store_settings(common.store));
  GLIMPSE_ASSIGN_OR_RETURN(auto client, qdrant::Client::open(settings));
  GLIMPSE_ASSIGN_OR_RETURN(auto store, qdrant::Store::open(*client, collection_name(common.store)));
  return std::unique_ptr<CurrentRemote>(new CurrentRemote(common, std::move(client), std::move(store)));
}

void CurrentRemote::unload_idle(std::chrono::steady_clock::duration idle) {
  if (const auto open = open_.load()) open->model.encoder->unload_idle(idle);
}

Result<std::shared_ptr<OpenRemote>> CurrentRemote::open_first() {
  const std::lock_guard lock(opening_);
  if (auto open = open_.load()) return open;
  auto fresh = try_open_remote(flags_, store_, files_, FirstQuery::kWords, RemoteUse::kServer);
  if (!fresh) return as_unavailable(fresh.error());
  if (!*fresh) return as_unavailable(no_collection(store_));
  auto open = std::make_shared<OpenRemote>(*std::move(*fresh));
  asked_.store(Clock::now());
  open_.store(open);
  return open;
}

// One thread at a time; the others go on with what is open. A store that does not answer changes nothing: the query
// itself will say so.
void CurrentRemote::follow(const OpenRemote& open) {
  const std::unique_lock lock(opening_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  asked_.store(Clock::now());
  const auto now = store_.find();
  if (!now || !*now || (*now)->collection == open.target.collection || (*now)->collection == refused_) return;
  auto fresh = try_open_remote(flags_, store_, files_, FirstQuery::kWords, RemoteUse::kServer);
  if (fresh && *fresh) {
    open_.store(std::make_shared<OpenRemote>(*std::move(*fresh)));
    return;
  }
  refused_ = (*now)->collection;
  fmt::print(stderr, "glimpse: still answering from collection '{}': {}\n", open.target.collection,
             fresh ? no_collection(store_).message() : fresh.error().message());
}

Result<std::shared_ptr<OpenRemote>> CurrentRemote::get() {
  const auto open = open_.load();
  if (!open) return open_first();
  if (Clock::now() - asked_.load() >= kBetweenLooks) follow(*open);
  return open_.load();
}

}  // namespace glimpse::app
