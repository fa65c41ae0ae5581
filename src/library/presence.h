#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"

namespace glimpse::library {

/// Tells other processes that something goes on at a library, for as long as the object lives and its process does.
class Presence {
 public:
  enum class Kind {
    kFollowing,  ///< One that keeps the library equal to its folders. There is one at a time.
    kWaiting,    ///< Some that want to write: a follower lets them in.
  };

  /// Errors: unavailable, naming the process, when another one follows already; io.
  static Result<Presence> announce(const std::filesystem::path& library, Kind kind);
  /// The process that is there, 0 when its number is not known; nothing when there is none. Disturbs nobody.
  static std::optional<std::int64_t> seen(const std::filesystem::path& library, Kind kind);

  Presence(Presence&& other) noexcept;
  Presence& operator=(Presence&& other) noexcept;
  ~Presence();

 private:
  explicit Presence(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace glimpse::library
