// One file a thumbnail: <first two hex digits of the content>/<content hash>-<max side>.thumb
//
//   offset  bytes  field (little-endian)
//        0      8  magic "GLTHUMB1"
//        8     16  content hash of the picture (low, high)
//       24      4  max side in pixels
//       28      4  length n of the thumbnail
//       32     16  XXH3-128 of bytes 0..31 and the thumbnail
//       48      n  the thumbnail
//
// A file's modification time is when it was last used (to the hour), which makes the oldest the ones to remove.
#include "library/thumbnail_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <system_error>

#include "base/file.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GLTHUMB1";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kHeaderBytes = kKeyBytes + sizeof(Hash128);
constexpr std::uint64_t kMaxThumbnail = std::uint64_t{64} << 20;
constexpr auto kTouchAfter = std::chrono::hours(1);
constexpr auto kStrayAfter = std::chrono::hours(1);

std::vector<std::byte> encode(const Hash128& content, int max_side, std::span<const std::byte> bytes) {
  std::vector<std::byte> file(kHeaderBytes + bytes.size());
  const auto side = static_cast<std::uint32_t>(max_side);
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(file.data(), kMagic.data(), kMagic.size());
  std::memcpy(file.data() + 8, &content, sizeof(content));
  std::memcpy(file.data() + 24, &side, sizeof(side));
  std::memcpy(file.data() + 28, &length, sizeof(length));
  if (!bytes.empty()) std::memcpy(file.data() + kHeaderBytes, bytes.data(), bytes.size());
  Hasher hasher;
  hasher.add(std::span(file).first(kKeyBytes));
  hasher.add(bytes);
  const Hash128 sum = hasher.finish();
  std::memcpy(file.data() + kKeyBytes, &sum, sizeof(sum));
  return file;
}

/// The thumbnail inside, or nothing when any byte is not as encode() would write it for this key.
std::optional<std::vector<std::byte>> decode(std::span<const std::byte> file, const Hash128& content, int max_side) {
  if (file.size() < kHeaderBytes) return std::nullopt;
  const auto bytes = file.subspan(kHeaderBytes);
  const auto expected = encode(content, max_side, bytes);
  if (!std::equal(expected.begin(), expected.begin() + kHeaderBytes, file.begin())) return std::nullopt;
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

fs::path file_name(const Hash128& content, int max_side) {
  const std::string hex = content.hex();
  return fs::path(hex.substr(0, 2)) / fmt::format("{}-{}.thumb", hex, max_side);
}

struct CachedFile {
  fs::path path;
  std::uint64_t size_bytes;
  fs::file_time_type used;
};

/// All thumbnails below `directory`; temporary files that a crash left are removed on the way.
std::vector<CachedFile> list(const fs::path& directory) {
  std::vector<CachedFile> files;
  std::error_code error;
  auto walk = fs::recursive_directory_iterator(directory, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::end(walk); walk.increment(error)) {
    std::error_code gone;  // another program may remove files at the same time
    const auto used = walk->last_write_time(gone);
    const auto size = walk->is_regular_file(gone) ? walk->file_size(gone) : 0;
    if (gone) continue;
    if (walk->path().extension() == ".thumb") files.push_back({walk->path(), size, used});
    const bool stray = walk->path().extension() == ".tmp" && fs::file_time_type::clock::now() - used > kStrayAfter;
    if (stray) fs::remove(walk->path(), gone);
  }
  return files;
}

}  // namespace

struct ThumbnailCache::State {
  fs::path directory;
  std::uint64_t max_bytes = 0;
  std::atomic<std::uint64_t> size_bytes{0};
  std::mutex prune_mutex;

  fs::path file_of(const Hash128& content, int max_side) const { return directory / file_name(content, max_side); }

  /// Removes the files unused the longest until nine tenths of the limit are left, and counts anew.
  void prune() {
    const std::lock_guard guard(prune_mutex);
    if (size_bytes <= max_bytes) return;
    auto files = list(directory);
    std::sort(files.begin(), files.end(), [](const CachedFile& a, const CachedFile& b) { return a.used < b.used; });
    std::uint64_t total = 0;
    for (const auto& file : files) total += file.size_bytes;
    for (const auto& file : files) {
      if (total <= max_bytes / 10 * 9) break;
      std::error_code ignored;
      fs::remove(file.path, ignored);
      total -= file.size_bytes;
    }
    size_bytes = total;
  }
};

ThumbnailCache::ThumbnailCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
ThumbnailCache::~ThumbnailCache() = default;

Result<std::unique_ptr<ThumbnailCache>> ThumbnailCache::open(fs::path directory, std::uint64_t max_bytes) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return Error::io("{}: cannot create the thumbnail cache: {}", display(directory), error.message());
  auto state = std::make_unique<State>();
  for (const auto& file : list(directory)) state->size_bytes += file.size_bytes;
  state->directory = std::move(directory);
  state->max_bytes = max_bytes;
  state->prune();
  return std::unique_ptr<ThumbnailCache>(new ThumbnailCache(std::move(state)));
}

std::optional<std::vector<std::byte>> ThumbnailCache::find(const Hash128& content, int max_side) {
  const fs::path path = state_->file_of(content, max_side);
  const auto file = read_file(path, kHeaderBytes + kMaxThumbnail);
  if (!file) return std::nullopt;
  auto bytes = decode(*file, content, max_side);
  std::error_code ignored;
  if (!bytes) {
    fs::remove(path, ignored);
    return std::nullopt;
  }
  const auto now = fs::file_time_type::clock::now();
  if (now - fs::last_write_time(path, ignored) > kTouchAfter) fs::last_write_time(path, now, ignored);
  return bytes;
}

Result<void> ThumbnailCache::put(const Hash128& content, int max_side, std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxThumbnail) {
    return Error::resource_exhausted("thumbnail: {} bytes, the limit is {}", bytes.size(), kMaxThumbnail);
  }
  const fs::path path = state_->file_of(content, max_side);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return Error::io("{}: cannot create: {}", display(path.parent_path()), error.message());
  const auto file = encode(content, max_side, bytes);
  GLIMPSE_RETURN_IF_ERROR(write_file_atomically(path, file));
  state_->size_bytes += file.size();
  if (state_->size_bytes > state_->max_bytes) state_->prune();
  return {};
}

std::uint64_t ThumbnailCache::size_bytes() const { return state_->size_bytes; }

Result<void> check_thumbnail_file(const fs::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, kHeaderBytes + kMaxThumbnail));
  Hash128 content;
  std::uint32_t side = 0;
  if (bytes.size() >= kHeaderBytes) {
    std::memcpy(&content, bytes.data() + 8, sizeof(content));
    std::memcpy(&side, bytes.data() + 24, sizeof(side));
  }
  const auto max_side = static_cast<int>(side);
  const bool named_so = file.filename() == file_name(content, max_side).filename();
  if (named_so && decode(bytes, content, max_side)) return {};
  return Error::corruption("{}: no thumbnail, or a damaged one", display(file));
}

}  // namespace glimpse::library
