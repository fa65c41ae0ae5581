#include "makes_way.h"

#include <chrono>

#include "library/library.h"
#include "library/presence.h"

namespace glimpse::app {
namespace {

using library::Presence;

constexpr std::chrono::milliseconds kTurn{1000};
constexpr std::chrono::milliseconds kLookEvery{50};

}  // namespace

MakesWay::MakesWay(const std::filesystem::path& library, const CancelToken& stop, CancelToken& work)
    : thread_([&library, &stop, &work](const std::stop_token& over) {
        const auto turn_ends = std::chrono::steady_clock::now() + kTurn;
        while (!over.stop_requested() && !work.cancelled()) {
          const bool had_turn = std::chrono::steady_clock::now() >= turn_ends;
          if (stop.cancelled() || (had_turn && Presence::seen(library, Presence::Kind::kWaiting))) work.cancel();
          std::this_thread::sleep_for(kLookEvery);
        }
      }) {}

}  // namespace glimpse::app
