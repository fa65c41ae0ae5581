#include "current_search.h"

#include <fmt/core.h>

#include <utility>

namespace glimpse::app {

std::optional<library::GenerationId> CurrentSearch::moved_to(const OpenSearch& open) const {
  const auto active = open.library->active_generation();
  if (!active || !*active || (*active)->id == open.generation.id) return std::nullopt;
  return (*active)->id;
}

void CurrentSearch::unload_idle(std::chrono::steady_clock::duration idle) {
  if (const auto open = open_.load()) open->model.encoder->unload_idle(idle);
}

Result<std::shared_ptr<OpenSearch>> CurrentSearch::get() {
  std::shared_ptr<OpenSearch> open = open_.load();
  if (open && !moved_to(*open)) return open;
  std::unique_lock lock(opening_, std::defer_lock);
  if (!open) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return open;  // Somebody else is opening the new one.
  }
  open = open_.load();
  std::optional<library::GenerationId> wanted;
  if (open) {
    wanted = moved_to(*open);
    if (!wanted || wanted == refused_) return open;
  }
  auto fresh = try_open_search(flags_, FirstQuery::kWords);
  if (fresh && *fresh) {
    open = std::make_shared<OpenSearch>(*std::move(*fresh));
    open_.store(open);
    return open;
  }
  if (open) {
    refused_ = wanted;
    fmt::print(stderr, "glimpse: still answering with model '{}': {}\n", open->model.stored.name,
               fresh ? "the library is gone" : fresh.error().message());
    return open;
  }
  if (!fresh) return fresh.error();
  return std::shared_ptr<OpenSearch>();
}

}  // namespace glimpse::app
