// The weights of a model are hashed once in a machine's life: afterwards a line in the cache answers for them. A line
// holds what identifies one state of a file without reading it. The cache is only ever a shortcut: a line that is
// damaged or for another state of the file is skipped, and a cache that cannot be written is no error.
#include "models/fingerprint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <optional>
#include <sstream>
#include <vector>

#include "base/file.h"

namespace glimpse::models {
namespace {

constexpr std::uint64_t kRememberFromBytes = 1 << 20;
constexpr std::uint64_t kMaxCacheBytes = 1 << 20;
constexpr std::int64_t kSettledNs = 2'000'000'000;
constexpr int kFingerprintVersion = 1;  ///< Raised when the same files come to mean other vectors.

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::int64_t mtime_ns(const struct stat& s) { return s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec; }

std::string key_of(const struct stat& s) {
  return fmt::format("{} {} {} {}", static_cast<std::uint64_t>(s.st_dev), static_cast<std::uint64_t>(s.st_ino),
                     static_cast<std::uint64_t>(s.st_size), mtime_ns(s));
}

std::filesystem::path cache_file(const std::filesystem::path& cache_dir) { return cache_dir / "content-hashes"; }

/// "<key> <hash, 32 digits> <hash of these, 32 digits>": a line that lost a bit must not pass for another model.
std::string line_of(const std::string& key, const Hash128& hash) {
  const std::string text = key + " " + hash.hex();
  return text + " " + hash128(text).hex();
}

std::optional<Hash128> remembered(const std::string& cache, const std::string& key) {
  std::istringstream lines(cache);
  for (std::string line; std::getline(lines, line);) {
    Hash128 hash;
    if (line.starts_with(key) &&
        std::sscanf(line.c_str() + key.size(), " %16" SCNx64 "%16" SCNx64, &hash.high, &hash.low) == 2 &&
        line == line_of(key, hash)) {
      return hash;
    }
  }
  return std::nullopt;
}

Result<Hash128> hash_all(int fd, const std::filesystem::path& file) {
  Hasher hasher;
  std::vector<std::byte> buffer(1 << 18);
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::io("{}: reading failed: {}", display(file), std::strerror(errno));
    if (n == 0) return hasher.finish();
    hasher.add(std::span(buffer).first(static_cast<std::size_t>(n)));
  }
}

bool settled(const struct stat& s) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now - mtime_ns(s) > kSettledNs;
}

}  // namespace

Result<Hash128> content_hash(const std::filesystem::path& file, const std::filesystem::path& cache_dir) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0 && errno == ENOENT) return Error::not_found("{}: no such file", display(file));
  if (fd.get() < 0) return Error::io("{}: cannot be opened: {}", display(file), std::strerror(errno));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return Error::io("{}: {}", display(file), std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return Error::invalid_argument("{}: expected a regular file", display(file));

  const bool large = static_cast<std::uint64_t>(status.st_size) >= kRememberFromBytes && !cache_dir.empty();
  const std::string key = key_of(status);
  std::string cache;
  if (large) {
    if (auto text = read_text_file(cache_file(cache_dir), kMaxCacheBytes)) cache = *std::move(text);
    if (const auto hash = remembered(cache, key)) return *hash;
  }
  GLIMPSE_ASSIGN_OR_RETURN(const Hash128 hash, hash_all(fd.get(), file));
  if (large && settled(status)) {
    if (cache.size() > kMaxCacheBytes / 2) cache.clear();
    std::error_code ignored;
    std::filesystem::create_directories(cache_dir, ignored);
    (void)write_file_atomically(cache_file(cache_dir), cache + line_of(key, hash) + "\n").has_value();
  }
  return hash;
}

Result<std::string> fingerprint(std::span<const FingerprintPart> parts, const std::filesystem::path& cache_dir) {
  Hasher all;
  all.add(fmt::format("glimpse model {}\n", kFingerprintVersion));
  for (const FingerprintPart& part : parts) {
    GLIMPSE_ASSIGN_OR_RETURN(const Hash128 hash, content_hash(part.file, cache_dir));
    all.add(fmt::format("{} {}\n", part.role, hash.hex()));
  }
  return all.finish().hex();
}

}  // namespace glimpse::models
