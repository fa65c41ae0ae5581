#include "base/file_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace glimpse {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

Error os_error(std::string_view action, const std::filesystem::path& path) {
  const int number = errno;
  const ErrorCode code = number == ENOENT || number == ENOTDIR  ? ErrorCode::kNotFound
                         : number == ENOSPC || number == EDQUOT ? ErrorCode::kResourceExhausted
                                                                : ErrorCode::kIo;
  return {code, fmt::format("{}: cannot {}: {}", display(path), action, std::strerror(number))};
}

Result<void> write_all(int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return os_error("write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace

Result<FileReader> FileReader::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return os_error("open", path);
  FileReader reader(path, descriptor, 0);
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) return os_error("stat", path);
  if (!S_ISREG(info.st_mode)) return Error::invalid_argument("{}: not a regular file", display(path));
  reader.size_bytes_ = static_cast<std::uint64_t>(info.st_size);
  return reader;
}

FileReader::FileReader(FileReader&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_) {}

FileReader::~FileReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> FileReader::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error("read", path_);
    if (got == 0) return Error::corruption("{}: ends {} bytes too early", display(path_), bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<FileWriter> FileWriter::create(const std::filesystem::path& path) {
  auto temporary = temporary_beside(path);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return os_error("create", temporary);
  FileWriter writer(path, std::move(temporary), descriptor);
  writer.buffer_.reserve(kBuffer);
  return writer;
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)) {}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

Result<void> FileWriter::flush() {
  const auto written = write_all(descriptor_, buffer_, temporary_);
  buffer_.clear();
  return written;
}

Result<void> FileWriter::write(std::span<const std::byte> bytes) {
  if (bytes.size() > kBuffer - buffer_.size()) GLIMPSE_RETURN_IF_ERROR(flush());
  if (bytes.size() > kBuffer) return write_all(descriptor_, bytes, temporary_);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> FileWriter::commit() {
  GLIMPSE_RETURN_IF_ERROR(flush());
  ::close(std::exchange(descriptor_, -1));
  return move_into_place(temporary_, path_);
}

}  // namespace glimpse
