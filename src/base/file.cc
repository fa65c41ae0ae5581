#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/utf8.h"

namespace glimpse {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error os_error(std::string_view action, const std::filesystem::path& path) {
  const int number = errno;
  const ErrorCode code = number == ENOENT || number == ENOTDIR  ? ErrorCode::kNotFound
                         : number == ENOSPC || number == EDQUOT ? ErrorCode::kResourceExhausted
                                                                : ErrorCode::kIo;
  return {code, fmt::format("{}: cannot {}: {}", display(path), action, std::strerror(number))};
}

struct OpenedFile {
  Descriptor descriptor;
  FileStamp stamp;
};

Result<OpenedFile> open_regular(const std::filesystem::path& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) return os_error("open", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return os_error("stat", path);
  if (!S_ISREG(info.st_mode)) return Error::invalid_argument("{}: not a regular file", display(path));
  const FileStamp stamp{static_cast<std::uint64_t>(info.st_size),
                        std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
  return OpenedFile{std::move(fd), stamp};
}

template <typename Buffer>
Result<Buffer> read_bytes(const OpenedFile& opened, std::uint64_t count, const std::filesystem::path& path) {
  Buffer buffer;
  buffer.resize(count);
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got = ::read(opened.descriptor.get(), buffer.data() + done, buffer.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error("read", path);
    if (got == 0) break;  // shrank while we read: the caller sees the bytes that were there
    done += static_cast<std::size_t>(got);
  }
  buffer.resize(done);
  return buffer;
}

template <typename Buffer>
Result<Buffer> read_whole(const std::filesystem::path& path, std::uint64_t max_bytes) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto opened, open_regular(path));
  if (opened.stamp.size_bytes > max_bytes) {
    return Error::resource_exhausted("{}: {} bytes, the limit is {}", display(path), opened.stamp.size_bytes,
                                     max_bytes);
  }
  return read_bytes<Buffer>(opened, opened.stamp.size_bytes, path);
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return os_error("write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> write_new(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (fd.get() < 0) return os_error("create", path);
  return write_all(fd.get(), bytes, path);
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return os_error("open", directory);
  if (::fsync(fd.get()) != 0) return os_error("fsync", directory);
  return {};
}

}  // namespace

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<std::vector<std::byte>>(path, max_bytes);
}

Result<std::vector<std::byte>> read_file_start(const std::filesystem::path& path, std::uint64_t max_bytes) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto opened, open_regular(path));
  return read_bytes<std::vector<std::byte>>(opened, std::min(opened.stamp.size_bytes, max_bytes), path);
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

Result<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return os_error("stat", path);
  if (!S_ISREG(info.st_mode)) return Error::invalid_argument("{}: not a regular file", display(path));
  return FileStamp{static_cast<std::uint64_t>(info.st_size),
                   std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  static std::atomic<unsigned> sequence{0};
  return path.string() + fmt::format(".{}.{}.tmp", ::getpid(), sequence++);
}

Result<void> move_into_place(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  const auto move = [&]() -> Result<void> {
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("open", temporary);
    if (::fsync(fd.get()) != 0) return os_error("fsync", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return os_error("rename into place", path);
    return {};
  };
  if (auto moved = move(); !moved) {
    ::unlink(temporary.c_str());
    return moved;
  }
  const auto parent = path.parent_path();
  return sync_directory(parent.empty() ? "." : parent);
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::filesystem::path temporary = temporary_beside(path);
  if (auto written = write_new(temporary, bytes); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return move_into_place(temporary, path);
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  return write_file_atomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(auto opened, open_regular(path));
  if (opened.stamp.size_bytes == 0) return MappedFile({});
  void* address = ::mmap(nullptr, opened.stamp.size_bytes, PROT_READ, MAP_PRIVATE, opened.descriptor.get(), 0);
  if (address == MAP_FAILED) return os_error("map", path);
  return MappedFile({static_cast<const std::byte*>(address), opened.stamp.size_bytes});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::string display(const std::filesystem::path& path) { return valid_utf8(path.native()); }

}  // namespace glimpse
