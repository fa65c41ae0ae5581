#include "base/hash.h"

#include <fmt/core.h>
#include <xxhash.h>

namespace glimpse {
namespace {
Hash128 from(XXH128_hash_t h) { return {h.low64, h.high64}; }
std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
}  // namespace

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
};

std::string Hash128::hex() const { return fmt::format("{:016x}{:016x}", high, low); }
Hash128 hash128(std::span<const std::byte> bytes) { return from(XXH3_128bits(bytes.data(), bytes.size())); }
Hash128 hash128(std::string_view text) { return hash128(bytes_of(text)); }
std::uint64_t hash64(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Hasher::Hasher() : state_(new State) { XXH3_128bits_reset(state_->xxh); }
Hasher::~Hasher() {
  XXH3_freeState(state_->xxh);
  delete state_;
}
void Hasher::add(std::span<const std::byte> bytes) { XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size()); }
void Hasher::add(std::string_view text) { add(bytes_of(text)); }
Hash128 Hasher::finish() const { return from(XXH3_128bits_digest(state_->xxh)); }

}  // namespace glimpse
