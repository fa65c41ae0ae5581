#include "autograd/feature_store.h"

#include "base/file.h"

namespace glimpse::autograd {
namespace {

constexpr std::uint64_t kLeftFree = std::uint64_t{1} << 30;  // for checkpoints, on the same disk
constexpr std::uint64_t kPerEntry = 96;                      // a map's node, about

}  // namespace

bool FeatureStore::holds(const Hash128& key) const {
  const std::lock_guard lock(mutex_);
  return kept_.contains(key);
}

Result<std::optional<std::vector<std::byte>>> FeatureStore::find(const Hash128& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) return std::nullopt;
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&found->second)) return *bytes;
  const OnDisk& place = std::get<OnDisk>(found->second);
  std::vector<std::byte> bytes(place.size);
  GLIMPSE_RETURN_IF_ERROR(file_->read(place.offset, bytes));
  if (hash128(bytes) == place.hash) return bytes;
  return Error::corruption(
      "features on disk, under {}: what was read is not what was written; --resume computes them "
      "again",
      display(options_.spill));
}

void FeatureStore::keep(const Hash128& key, std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  if (kept_.contains(key)) return;
  if (memory_used_ + bytes.size() + kPerEntry <= options_.memory_bytes) {
    kept_.emplace(key, std::vector(bytes.begin(), bytes.end()));
    memory_used_ += bytes.size() + kPerEntry;
  } else if (const auto place = spilled(bytes)) {
    kept_.emplace(key, *place);
  }
}

bool FeatureStore::disk_has_room(std::size_t bytes) const {
  if (disk_failed_ || options_.spill.empty()) return false;
  if ((file_ ? file_->size_bytes() : 0) + bytes > options_.disk_bytes) return false;
  std::error_code error;
  const auto space = std::filesystem::space(options_.spill, error);
  return !error && space.available >= kLeftFree + bytes;
}

std::optional<FeatureStore::OnDisk> FeatureStore::spilled(std::span<const std::byte> bytes) {
  if (!disk_has_room(bytes.size())) return std::nullopt;
  if (!file_) {
    auto made = ScratchFile::create(options_.spill);
    if (!made) {
      disk_failed_ = true;
      return std::nullopt;
    }
    file_.emplace(*std::move(made));
  }
  const auto offset = file_->append(bytes);
  disk_failed_ = !offset;
  if (!offset) return std::nullopt;
  return OnDisk{.offset = *offset, .size = bytes.size(), .hash = hash128(bytes)};
}

FeatureUse FeatureStore::use() const {
  const std::lock_guard lock(mutex_);
  return {.rows = kept_.size(), .memory_bytes = memory_used_, .disk_bytes = file_ ? file_->size_bytes() : 0};
}

}  // namespace glimpse::autograd
