#include "current_search.h"

#include <fmt/core.h>

#include <utility>

#include "base/memory.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::milliseconds kLookEvery{20};  // whether the old one's last query is done

}  // namespace

std::optional<library::GenerationId> CurrentSearch::moved_to(const OpenSearch& open) const {
  const auto active = open.library->active_generation();
  if (!active || !*active || (*active)->id == open.generation.id) return std::nullopt;
  return (*active)->id;
}

void CurrentSearch::unload_idle(std::chrono::steady_clock::duration idle) {
  if (const auto open = open_.load()) open->model.encoder->unload_idle(idle);
}

CurrentSearch::~CurrentSearch() {
  replacer_.request_stop();
  if (replacer_.joinable()) replacer_.join();
}

Result<std::shared_ptr<OpenSearch>> CurrentSearch::get() {
  std::shared_ptr<OpenSearch> open = open_.load();
  if (!open) return open_first();
  if (const auto wanted = moved_to(*open)) follow(*wanted);
  return open;
}

Result<std::shared_ptr<OpenSearch>> CurrentSearch::open_first() {
  const std::lock_guard lock(opening_);
  if (auto open = open_.load()) return open;
  GLIMPSE_ASSIGN_OR_RETURN(auto fresh, try_open_search(flags_, FirstQuery::kWords, SearchFor::kServer));
  if (!fresh) return std::shared_ptr<OpenSearch>();
  auto open = std::make_shared<OpenSearch>(*std::move(fresh));
  open_.store(open);
  return open;
}

void CurrentSearch::follow(library::GenerationId wanted) {
  const std::unique_lock lock(opening_, std::try_to_lock);
  if (!lock || refused_ == wanted || replacing_.exchange(true)) return;
  // Joins the thread before, which has nothing left to do.
  replacer_ = std::jthread([this, wanted](const std::stop_token& stop) {
    replace(wanted, stop);
    replacing_ = false;
  });
}

void CurrentSearch::replace(library::GenerationId wanted, const std::stop_token& stop) {
  auto fresh = try_open_search(flags_, FirstQuery::kWords, SearchFor::kServer);
  const bool opened = fresh && *fresh;
  // The first run of a tower takes longer than those after it.
  Result<void> ready;
  if (opened) {
    if (const auto answer = (*fresh)->engine->by_text("a photo", {.limit = 1}); !answer) ready = answer.error();
  }
  std::shared_ptr<OpenSearch> old = open_.load();
  if (!opened || !ready) {
    const std::lock_guard lock(opening_);
    refused_ = wanted;
    fmt::print(stderr, "glimpse: still answering with model '{}': {}\n", old->model.stored.name,
               !fresh    ? fresh.error().message()
               : !opened ? "the library is gone"
                         : ready.error().message());
    return;
  }
  open_.store(std::make_shared<OpenSearch>(*std::move(*fresh)));
  while (old.use_count() > 1 && !stop.stop_requested()) std::this_thread::sleep_for(kLookEvery);
  old.reset();
  return_freed_memory();
}

}  // namespace glimpse::app
