#include "base/durable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"

namespace glimpse {
namespace {

Error os_error(std::string_view action, const std::filesystem::path& path) {
  const int number = errno;
  const ErrorCode code = number == ENOENT                       ? ErrorCode::kNotFound
                         : number == EEXIST                     ? ErrorCode::kAlreadyExists
                         : number == ENOSPC || number == EDQUOT ? ErrorCode::kResourceExhausted
                                                                : ErrorCode::kIo;
  return {code, fmt::format("{}: cannot {}: {}", display(path), action, std::strerror(number))};
}

Result<void> sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (descriptor < 0) return os_error("open", path);
  Result<void> synced;
  if (::fsync(descriptor) != 0) synced = os_error("fsync", path);
  ::close(descriptor);
  return synced;
}

}  // namespace

Result<void> sync_file(const std::filesystem::path& file) { return sync(file, O_NOFOLLOW); }
Result<void> sync_directory(const std::filesystem::path& directory) { return sync(directory, O_DIRECTORY); }

Result<void> rename_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return os_error("rename into place", to);
  // This file system cannot promise that the name is free: looking must do.
  struct stat info{};
  if (::lstat(to.c_str(), &info) == 0) return Error::already_exists("{}: there already", display(to));
  if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename into place", to);
  return {};
}

}  // namespace glimpse
