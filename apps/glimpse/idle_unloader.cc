#include "idle_unloader.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace glimpse::app {
namespace {

using std::chrono::milliseconds;

void unload_when_idle(const std::stop_token& stop, const IdleUnloader::Unload& unload, std::chrono::seconds idle) {
  const milliseconds pause = std::clamp<milliseconds>(idle / 4, milliseconds(250), milliseconds(15'000));
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) unload(idle);
}

}  // namespace

IdleUnloader::IdleUnloader(Unload unload, std::chrono::seconds idle) {
  if (idle.count() == 0) return;
  thread_ = std::jthread(
      [unload = std::move(unload), idle](const std::stop_token& stop) { unload_when_idle(stop, unload, idle); });
}

}  // namespace glimpse::app
