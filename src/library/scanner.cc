// The walk over a root.
//
// Depth first with our own stack, so depth costs no call stack and one descriptor is open at a time (and that of the
// start, from which all names are resolved). A directory is known by device and inode. Links to directories wait until
// all real directories are done: a directory that is reachable both ways is then found under its real name, whatever
// order the file system lists names in. Directories above the start count as visited: a link to one of them is a loop.
#include "library/scanner.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "library/raw_names.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string name;
  unsigned char type;  // DT_*
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

using Identity = std::pair<dev_t, ino_t>;
Identity identity_of(const struct stat& info) { return {info.st_dev, info.st_ino}; }

unsigned char entry_type(mode_t mode) {
  if (S_ISREG(mode)) return DT_REG;
  if (S_ISDIR(mode)) return DT_DIR;
  if (S_ISLNK(mode)) return DT_LNK;
  return DT_FIFO;  // stands for every special file
}

FileStamp stamp_from(const struct stat& info) {
  return {static_cast<std::uint64_t>(info.st_size),
          std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + '/' + name;
}

class Walker {
 public:
  Walker(const fs::path& root, const ScanOptions& options, const std::function<void(FoundFile)>& sink)
      : root_(root), options_(options), rules_(options.rules != nullptr ? *options.rules : no_rules_), sink_(sink) {}

  Result<ScanReport> run() {
    const std::string start = options_.part.inside.native();
    GLIMPSE_RETURN_IF_ERROR(open_root());
    if (const auto stop = stopped_above(start); !stop.empty()) {
      report_.passed_over.emplace_back(stop);
      return std::move(report_);
    }
    GLIMPSE_RETURN_IF_ERROR(open_start(start));
    stack_.push_back({.name = start, .included = rules_.within_included(start)});
    while (auto next = pop()) {
      if (options_.cancel != nullptr && options_.cancel->cancelled())
        return Error::cancelled("scan: stopped on request");
      walk(*next, next->name == start);
    }
    return std::move(report_);
  }

 private:
  struct Pending {
    std::string name;  // relative to the root; empty: the root
    bool link = false;
    bool beyond_link = false;
    bool included = true;
  };

  std::optional<Pending> pop() {
    auto& from = stack_.empty() ? links_ : stack_;
    if (from.empty()) return std::nullopt;
    Pending next = std::move(from.back());
    from.pop_back();
    return next;
  }

  static Error cannot_read(const fs::path& path) {
    const int number = errno;
    const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
    return {code, fmt::format("{}: cannot read the directory: {}", display(path), std::strerror(number))};
  }

  Result<void> open_root() {
    root_descriptor_.reset(::opendir(root_.c_str()));
    if (!root_descriptor_) return cannot_read(root_);
    return {};
  }

  /// The outermost directory on the way to `start` that is not entered, its own ".nomedia" left to walk().
  std::string_view stopped_above(const std::string& start) {
    const std::string_view by_rules = rules_.stopped_at(start);
    for (std::size_t end = start.find('/'); end != std::string::npos; end = start.find('/', end + 1)) {
      const std::string_view above = std::string_view(start).substr(0, end);
      if (!by_rules.empty() && by_rules.size() <= above.size()) break;
      const std::string marker = std::string(above) + "/.nomedia";
      if (::faccessat(::dirfd(root_descriptor_.get()), marker.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return above;
    }
    return by_rules;
  }

  /// Reads the start once to know that it can be read, and marks what lies above it and the other roots.
  Result<void> open_start(const std::string& start) {
    const fs::path path = start.empty() ? root_ : root_ / start;
    const Directory probe(::opendir(path.c_str()));
    struct stat info{};
    if (!probe || ::fstat(::dirfd(probe.get()), &info) != 0) return cannot_read(path);
    mark_outside(path, identity_of(info));
    return {};
  }

  void mark_outside(const fs::path& start, Identity own) {
    std::error_code error;
    const fs::path real = fs::canonical(start, error);
    for (fs::path above = real.parent_path(); !error && above != above.parent_path(); above = above.parent_path()) {
      mark(above, own, kAbove);
    }
    mark("/", own, kAbove);
    for (const fs::path& other : options_.other_roots) mark(other, own, kOtherRoot);
  }

  void mark(const fs::path& path, Identity own, const char* as) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0 && identity_of(info) != own) visited_.emplace(identity_of(info), as);
  }

  void fail(const std::string& name, std::string reason, std::string_view detail, bool directory = false) {
    std::string message = fmt::format("{}: {}", display(name.empty() ? root_ : root_ / name), detail);
    report_.failures.push_back({name, std::move(reason), std::move(message), directory});
  }

  void walk(const Pending& pending, bool start) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (pending.link || start ? 0 : O_NOFOLLOW);
    const char* name = pending.name.empty() ? "." : pending.name.c_str();
    const int descriptor = ::openat(::dirfd(root_descriptor_.get()), name, flags);
    if (descriptor < 0) return fail_directory(pending.name);
    const Directory directory(::fdopendir(descriptor));
    if (!directory) {
      ::close(descriptor);
      return fail(pending.name, "unreadable_directory", "out of memory", true);
    }
    struct stat info{};
    if (::fstat(descriptor, &info) != 0) return fail_directory(pending.name);
    const auto [place, first] = visited_.emplace(identity_of(info), pending.name);
    if (!first) return seen_before(pending, place->second);
    if (options_.on_directory) options_.on_directory({pending.name, pending.beyond_link});
    auto entries = read(directory.get(), pending.name);
    ++report_.directories;
    const bool hidden =
        std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return e.name == ".nomedia"; });
    if (hidden && !pending.name.empty()) return report_.passed_over.emplace_back(pending.name), void();
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    pass_over_raw(entries, pending);
    const std::size_t mark = stack_.size();
    for (const Entry& entry : entries) visit(descriptor, pending, entry);
    std::reverse(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());  // popped in name order
  }

  void pass_over_raw(std::vector<Entry>& entries, const Pending& directory) {
    FinishedPictures finished;
    const auto path = [&](const Entry& entry) { return join(directory.name, entry.name); };
    if (std::ranges::none_of(entries, [](const Entry& entry) { return has_raw_extension(entry.name); })) return;
    for (const Entry& entry : entries) {
      if (entry.type != DT_DIR && rules_.takes(path(entry), directory.included)) finished.add(entry.name);
    }
    std::erase_if(entries, [&](const Entry& entry) {
      if (entry.type == DT_DIR || !finished.show(entry.name)) return false;
      report_.passed_over.emplace_back(path(entry));
      ++report_.raw_beside_jpeg;
      return true;
    });
  }

  void fail_directory(const std::string& name) {
    const int number = errno;
    if (number == ENOENT) return;  // deleted since it was listed
    const char* reason = number == ENAMETOOLONG ? "name_too_long" : "unreadable_directory";
    fail(name, reason, fmt::format("cannot read the directory: {}", std::strerror(number)), true);
  }

  void seen_before(const Pending& pending, const std::string& first_name) {
    const bool loop = first_name == kAbove || (first_name != kOtherRoot && is_within(pending.name, first_name));
    if (pending.link && loop) fail(pending.name, "symlink_loop", "a link to a directory that it lies in");
  }

  std::vector<Entry> read(DIR* directory, const std::string& name) {
    std::vector<Entry> entries;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(directory);
      if (entry == nullptr) break;
      entries.push_back({entry->d_name, entry->d_type});
    }
    if (errno != 0) fail_directory(name);  // what was read before is used
    return entries;
  }

  void visit(int directory, const Pending& parent, const Entry& entry) {
    const std::string name = join(parent.name, entry.name);
    unsigned char type = entry.type;
    struct stat info{};
    if (type == DT_UNKNOWN) {
      if (::fstatat(directory, entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return fail_file(name);
      type = entry_type(info.st_mode);
    }
    if (type == DT_DIR) return enter(stack_, parent, {.name = name, .beyond_link = parent.beyond_link});
    if (type == DT_LNK) return visit_link(directory, parent, name, entry);
    if (!wanted(parent, entry.name, name)) return;
    if (type != DT_REG) return fail(name, "special_file", "neither file nor directory");
    if (::fstatat(directory, entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return fail_file(name);
    emit(name, info);
  }

  bool wanted(const Pending& parent, const std::string& base, const std::string& name) const {
    return options_.wanted(base) && rules_.takes(name, parent.included);
  }

  void enter(std::vector<Pending>& to, const Pending& parent, Pending child) {
    if (options_.part.flat || !rules_.enters(child.name)) return;
    child.included = parent.included || rules_.includes(child.name);
    to.push_back(std::move(child));
  }

  void visit_link(int directory, const Pending& parent, const std::string& name, const Entry& entry) {
    struct stat info{};
    if (::fstatat(directory, entry.name.c_str(), &info, 0) != 0) {
      const int number = errno;
      if (number == ELOOP && rules_.takes(name, true)) return fail(name, "symlink_loop", "a link that leads to itself");
      if (!wanted(parent, entry.name, name)) return;
      errno = number;
      if (errno == ENOENT || errno == ENOTDIR) return fail(name, "dangling_symlink", "a link to nothing");
      return fail_file(name);
    }
    if (S_ISDIR(info.st_mode)) {
      enter(links_, parent, {.name = name, .link = true, .beyond_link = true});
    } else if (wanted(parent, entry.name, name)) {
      if (!S_ISREG(info.st_mode)) return fail(name, "special_file", "a link to neither file nor directory");
      emit(name, info);
    }
  }

  void fail_file(const std::string& name) {
    const int number = errno;
    if (number == ENOENT) return;  // deleted since it was listed
    fail(name, "unreadable", fmt::format("cannot look at the file: {}", std::strerror(number)));
  }

  void emit(const std::string& name, const struct stat& info) {
    ++report_.files;
    sink_({name, stamp_from(info)});
  }

  // What stands for a name in visited_ where there is none; no path below a root begins with '/'.
  static constexpr const char* kAbove = "/above";
  static constexpr const char* kOtherRoot = "/other";

  const fs::path& root_;
  const ScanOptions& options_;
  const PathRules no_rules_;
  const PathRules& rules_;
  const std::function<void(FoundFile)>& sink_;
  Directory root_descriptor_;
  std::vector<Pending> stack_;
  std::vector<Pending> links_;
  std::map<Identity, std::string> visited_;
  ScanReport report_;
};

}  // namespace

Result<ScanReport> scan(const fs::path& root, const ScanOptions& options, const std::function<void(FoundFile)>& sink) {
  return Walker(root, options, sink).run();
}

}  // namespace glimpse::library
