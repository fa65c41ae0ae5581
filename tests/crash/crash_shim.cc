// What a disk sees of a program, and a disk that fails: preloaded into the real program by the crash tests.
//
// Every call that changes files below CRASH_ROOT is serialized, carried out, and
//   - recorded in CRASH_LOG, with what is written to standard output in between: tests/crash/disk.py replays it into
//   the
//     files that a power cut could have left;
//   - counted: the CRASH_AT-th call meets CRASH_FAULT (kill, eio, enospc, short), once, or from then on when
//   CRASH_FOREVER
//     is set. Only writing, truncating and flushing can meet eio, enospc and short.
// At exit the number of calls goes to CRASH_COUNT. With CRASH_TALLY, a file of 8 bytes, all processes that inherit
// these settings count there together, and the fault kill_all ends their whole process group, as a power cut would.
//
// A record: kind (1 byte), inode (8), offset or size (8), length of the name (4), of the other name or data (4), then
// these; little-endian. Linux, glibc.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

enum Kind : char {
  kCreate = 'C',
  kWrite = 'W',
  kTruncate = 'T',
  kSync = 'S',
  kSyncDirectory = 'D',
  kRename = 'R',
  kLink = 'L',
  kUnlink = 'U',
  kMakeDirectory = 'M',
  kSaid = 'A',
};

std::mutex mutex;

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}
// Made at the first call, which other libraries' initialization may make, and never destroyed, for the last call may
// come from their end.
const std::string& root() {
  static const auto* path = new std::string(setting("CRASH_ROOT"));
  return *path;
}
bool fault_is(std::string_view kind) { return kind == setting("CRASH_FAULT"); }
/// Where calls are counted: here, or for all processes together.
std::uint64_t& counter() {
  static std::uint64_t own = 0;
  static std::uint64_t* const place = [] {
    const char* path = setting("CRASH_TALLY");
    if (*path == 0) return &own;
    const auto descriptor = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
    void* shared = ::mmap(nullptr, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (shared == MAP_FAILED) ::abort();
    ::syscall(SYS_close, descriptor);
    return static_cast<std::uint64_t*>(shared);
  }();
  return *place;
}
std::uint64_t calls = 0;  // as of the last one that this process made

/// Whether the call that was just counted is one to fail.
bool fault_is_due() {
  static const std::uint64_t fault_at = std::strtoull(setting("CRASH_AT"), nullptr, 10);
  static const bool forever = *setting("CRASH_FOREVER") != 0;
  return fault_at != 0 && (calls == fault_at || (forever && calls > fault_at));
}

int log_descriptor() {
  static const int descriptor = [] {
    const char* path = setting("CRASH_LOG");
    return *path == 0 ? -1
                      : static_cast<int>(
                            ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }();
  return descriptor;
}

bool below_root(std::string_view path) { return !root().empty() && path.starts_with(root()); }

std::string path_of(int descriptor) {
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = ::readlink(link, path, sizeof path);
  return size < 0 ? std::string() : std::string(path, static_cast<std::size_t>(size));
}

std::string absolute(int directory, const char* path) {
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  const std::string base = directory == AT_FDCWD ? std::string(::getcwd(here, sizeof here)) : path_of(directory);
  return base + "/" + path;
}

std::uint64_t inode_of(int descriptor) {
  struct stat info{};
  return ::fstat(descriptor, &info) == 0 ? info.st_ino : 0;
}

void record(Kind kind, std::uint64_t inode, std::uint64_t offset, std::string_view name, std::string_view data) {
  if (log_descriptor() < 0) return;
  const auto name_size = static_cast<std::uint32_t>(name.size()), data_size = static_cast<std::uint32_t>(data.size());
  std::string bytes(1, kind);
  bytes.append(reinterpret_cast<const char*>(&inode), 8).append(reinterpret_cast<const char*>(&offset), 8);
  bytes.append(reinterpret_cast<const char*>(&name_size), 4).append(reinterpret_cast<const char*>(&data_size), 4);
  bytes.append(name).append(data);
  if (::syscall(SYS_write, log_descriptor(), bytes.data(), bytes.size()) < 0) ::abort();
}

struct Counted {
  ~Counted() {
    if (const char* path = setting("CRASH_COUNT"); *path != 0) {
      if (std::FILE* file = std::fopen(path, "w")) {
        std::fprintf(file, "%llu\n", static_cast<unsigned long long>(calls));
        std::fclose(file);
      }
    }
  }
} counted;

/// Counts a call; the error number that it must fail with, or 0. `may_fail`: whether a disk can refuse it.
int meet_fault(bool may_fail) {
  calls = __atomic_add_fetch(&counter(), 1, __ATOMIC_SEQ_CST);
  if (!fault_is_due()) return 0;
  if (fault_is("kill")) ::kill(::getpid(), SIGKILL);
  if (fault_is("kill_all")) ::kill(0, SIGKILL);
  if (!may_fail) return 0;
  if (fault_is("eio")) return EIO;
  return fault_is("enospc") ? ENOSPC : 0;
}

/// How many bytes of a write go through: half of them at the fault "short".
std::size_t shortened(std::size_t size) { return fault_is("short") && fault_is_due() && size > 1 ? size / 2 : size; }

ssize_t watched_write(int descriptor, const void* bytes, std::size_t size, off_t offset) {
  const bool positioned = offset >= 0;
  const std::lock_guard guard(mutex);
  if (const int error = meet_fault(true); error != 0) return errno = error, -1;
  const bool appends = !positioned && (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
  const off_t at = positioned ? offset : ::lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR);
  const ssize_t put = positioned ? ::syscall(SYS_pwrite64, descriptor, bytes, shortened(size), offset)
                                 : ::syscall(SYS_write, descriptor, bytes, shortened(size));
  if (put > 0) {
    record(kWrite, inode_of(descriptor), static_cast<std::uint64_t>(at), "",
           {static_cast<const char*>(bytes), static_cast<std::size_t>(put)});
  }
  return put;
}

int watched_sync(int descriptor, long call) {
  const std::string path = path_of(descriptor);
  if (!below_root(path)) return static_cast<int>(::syscall(call, descriptor));
  const std::lock_guard guard(mutex);
  if (const int error = meet_fault(true); error != 0) return errno = error, -1;
  struct stat info{};
  ::fstat(descriptor, &info);
  const int result = static_cast<int>(::syscall(call, descriptor));
  if (result == 0) record(S_ISDIR(info.st_mode) ? kSyncDirectory : kSync, info.st_ino, 0, path, "");
  return result;
}

int watched_open(int directory, const char* path, int flags, mode_t mode) {
  const std::string name = absolute(directory, path);
  const bool changes = (flags & (O_CREAT | O_TRUNC)) != 0 && (flags & O_ACCMODE) != O_RDONLY;
  if (!changes && (flags & O_CREAT) == 0) return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
  if (!below_root(name)) return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
  const std::lock_guard guard(mutex);
  struct stat before{};
  const bool was_there = ::stat(path, &before) == 0;
  if (!was_there) {
    if (const int error = meet_fault(true); error != 0) return errno = error, -1;
  }
  const int descriptor = static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
  if (descriptor < 0) return descriptor;
  if (!was_there) record(kCreate, inode_of(descriptor), 0, name, "");
  if (was_there && (flags & O_TRUNC) != 0) record(kTruncate, inode_of(descriptor), 0, name, "");
  return descriptor;
}

template <typename F>
int watched_names(Kind kind, const std::string& name, const std::string& other, F&& call) {
  if (!below_root(name) && !below_root(other)) return call();
  const std::lock_guard guard(mutex);
  if (const int error = meet_fault(false); error != 0) return errno = error, -1;
  const int result = call();
  if (result == 0) record(kind, 0, 0, name, other);
  return result;
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return watched_open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return watched_open(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return watched_open(directory, path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (descriptor == STDOUT_FILENO) {
    const std::lock_guard guard(mutex);
    record(kSaid, 0, 0, "", {static_cast<const char*>(bytes), size});
    return ::syscall(SYS_write, descriptor, bytes, size);
  }
  if (!below_root(path_of(descriptor))) return ::syscall(SYS_write, descriptor, bytes, size);
  return watched_write(descriptor, bytes, size, -1);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  if (!below_root(path_of(descriptor))) return ::syscall(SYS_pwrite64, descriptor, bytes, size, offset);
  return watched_write(descriptor, bytes, size, offset);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return pwrite64(descriptor, bytes, size, offset);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  if (!below_root(path_of(descriptor))) return ::syscall(SYS_writev, descriptor, parts, count);
  ssize_t total = 0;
  for (int i = 0; i < count; ++i) {
    const ssize_t put = watched_write(descriptor, parts[i].iov_base, parts[i].iov_len, -1);
    if (put < 0) return total > 0 ? total : put;
    total += put;
    if (static_cast<std::size_t>(put) < parts[i].iov_len) return total;
  }
  return total;
}

/// As read and written, so that what is copied inside the kernel is seen too.
ssize_t sendfile64(int out, int in, off64_t* offset, size_t count) {
  if (!below_root(path_of(out))) return ::syscall(SYS_sendfile, out, in, offset, count);
  std::string bytes(count < (1 << 20) ? count : 1 << 20, '\0');
  const ssize_t got = offset != nullptr ? ::syscall(SYS_pread64, in, bytes.data(), bytes.size(), *offset)
                                        : ::syscall(SYS_read, in, bytes.data(), bytes.size());
  if (got <= 0) return got;
  const ssize_t put = watched_write(out, bytes.data(), static_cast<std::size_t>(got), -1);
  if (put > 0 && offset != nullptr) *offset += put;
  return put;
}
ssize_t sendfile(int out, int in, off_t* offset, size_t count) { return sendfile64(out, in, offset, count); }
ssize_t copy_file_range(int, off64_t*, int, off64_t*, size_t, unsigned) { return errno = ENOSYS, -1; }

int ftruncate64(int descriptor, off64_t size) {
  if (!below_root(path_of(descriptor))) return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
  const std::lock_guard guard(mutex);
  if (const int error = meet_fault(true); error != 0) return errno = error, -1;
  const int result = static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
  if (result == 0) record(kTruncate, inode_of(descriptor), static_cast<std::uint64_t>(size), "", "");
  return result;
}
int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

int fsync(int descriptor) { return watched_sync(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return watched_sync(descriptor, SYS_fdatasync); }

int rename(const char* from, const char* to) {
  return watched_names(kRename, absolute(AT_FDCWD, from), absolute(AT_FDCWD, to),
                       [&] { return static_cast<int>(::syscall(SYS_rename, from, to)); });
}
int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  return watched_names(kRename, absolute(from_directory, from), absolute(to_directory, to), [&] {
    return static_cast<int>(::syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
  });
}
int link(const char* from, const char* to) {
  return watched_names(kLink, absolute(AT_FDCWD, from), absolute(AT_FDCWD, to),
                       [&] { return static_cast<int>(::syscall(SYS_link, from, to)); });
}
int unlink(const char* path) {
  return watched_names(kUnlink, absolute(AT_FDCWD, path), "",
                       [&] { return static_cast<int>(::syscall(SYS_unlink, path)); });
}
int unlinkat(int directory, const char* path, int flags) {
  return watched_names(kUnlink, absolute(directory, path), "",
                       [&] { return static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags)); });
}
int remove(const char* path) {
  const int result = unlink(path);
  return result != 0 && errno == EISDIR ? ::rmdir(path) : result;
}
int rmdir(const char* path) {
  return watched_names(kUnlink, absolute(AT_FDCWD, path), "",
                       [&] { return static_cast<int>(::syscall(SYS_rmdir, path)); });
}
int mkdir(const char* path, mode_t mode) {
  return watched_names(kMakeDirectory, absolute(AT_FDCWD, path), "",
                       [&] { return static_cast<int>(::syscall(SYS_mkdir, path, mode)); });
}

}  // extern "C"
