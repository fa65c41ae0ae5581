#include "library/write_turns.h"

#include <chrono>

namespace glimpse::library {

Result<void> WriteTurns::take(const std::function<Result<void>(Library&)>& work, bool create) const {
  constexpr std::chrono::milliseconds kOneWait{500};
  constexpr int kLastWaits = 20;
  for (int last_waits = 0;;) {
    const auto library = Library::open(directory_, {.create = create, .wait = kOneWait});
    if (library) return work(**library);
    if (library.error().code() != ErrorCode::kUnavailable) return library.error();
    if (cancel_.cancelled() && ++last_waits == kLastWaits) return Error::cancelled("interrupted");
  }
}

}  // namespace glimpse::library
