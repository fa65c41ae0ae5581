#include "server/open_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace glimpse::server {
namespace {

constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int open_beneath(const std::filesystem::path& path, std::filesystem::path root) {
  if (!root.has_filename()) root = root.parent_path();  // "/pictures/" as "/pictures"
  const int directory = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  const std::filesystem::path relative = path.lexically_relative(root);
  open_how how{};
  how.flags = kFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  int fd = static_cast<int>(::syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how));
  // Kernels before 5.6 and some container filters lack openat2: then no link at all as the last part.
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) fd = ::openat(directory, relative.c_str(), kFlags | O_NOFOLLOW);
  const int number = errno;
  ::close(directory);
  errno = number;
  return fd;
}

}  // namespace

Result<OpenFile> OpenFile::open(const std::filesystem::path& path, const std::filesystem::path& root) {
  const int fd = root.empty() ? ::open(path.c_str(), kFlags) : open_beneath(path, root);
  if (fd < 0) {
    const int number = errno;
    const bool missing = number == ENOENT || number == ENOTDIR || number == EXDEV || number == ELOOP;
    return Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                 fmt::format("{}: cannot open: {}", display(path), std::strerror(number)));
  }
  OpenFile file(fd);
  struct stat status{};
  if (::fstat(fd, &status) != 0) return Error::io("{}: cannot stat: {}", display(path), std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return Error::not_found("{}: not a regular file", display(path));
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  file.mtime_ns_ = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  file.inode_ = status.st_ino;
  return file;
}

OpenFile::OpenFile(OpenFile&& other) noexcept { *this = std::move(other); }

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  size_ = other.size_;
  mtime_ns_ = other.mtime_ns_;
  inode_ = other.inode_;
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> OpenFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::io("cannot read: {}", std::strerror(errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace glimpse::server
