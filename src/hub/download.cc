// A file comes into "<name>.<first digits of its hash>.part" and gets its name when the hash is right: so a beginning
// is gone on with only when it belongs to the same content, and a name in the directory means a whole file.
#include "hub/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "hub/digest.h"
#include "hub/http_client.h"
#include "hub/manifest.h"
#include "hub/repository.h"

namespace glimpse::hub {
namespace {

namespace fs = std::filesystem;

/// The file that a body is written to: appended to, or begun anew.
class PartFile {
 public:
  static Result<std::unique_ptr<PartFile>> open(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return Error::io("{}: cannot be written: {}", display(path), std::strerror(errno));
    return std::unique_ptr<PartFile>(new PartFile(path, fd));
  }
  ~PartFile() { ::close(fd_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::uint64_t size() const { return static_cast<std::uint64_t>(std::max<off_t>(::lseek(fd_, 0, SEEK_END), 0)); }

  Result<void> begin_at(std::uint64_t offset) {
    const auto at = static_cast<off_t>(offset);
    if (::ftruncate(fd_, at) != 0 || ::lseek(fd_, at, SEEK_SET) != at) return failure("cannot be cut");
    return {};
  }

  Result<void> append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failure("cannot be written");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> sync() {
    if (::fsync(fd_) != 0) return failure("cannot be made durable");
    return {};
  }

 private:
  PartFile(fs::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  Error failure(const char* what) const {
    const int error = errno;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
      return Error::resource_exhausted(
          "{}: the disk is full; what has come is kept, and the same command goes on from it", display(path_));
    }
    return Error::io("{}: {}: {}", display(path_), what, std::strerror(error));
  }

  fs::path path_;
  int fd_;
};

const std::string& hash_of(const RemoteFile& file) { return file.sha256.empty() ? file.git_blob : file.sha256; }

Result<bool> is_right(const RemoteFile& file, const fs::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string found, file.sha256.empty() ? git_blob_of(path) : sha256_of(path));
  return found == hash_of(file);
}

class Download {
 public:
  Download(const Repository& repository, fs::path directory, const DownloadOptions& options)
      : repository_(repository),
        directory_(std::move(directory)),
        options_(options),
        client_(options.settings, options.cancel) {}

  Result<void> run(const std::vector<RemoteFile>& files) {
    for (const RemoteFile& file : files) total_ += file.size_bytes;
    GLIMPSE_RETURN_IF_ERROR(check_space(files));
    Manifest manifest{.repository = repository_.name, .commit = repository_.commit, .files = {}};
    bool checked = false;
    for (const RemoteFile& file : files) {
      if (file.weights && !std::exchange(checked, true) && options_.before_weights) {
        GLIMPSE_RETURN_IF_ERROR(options_.before_weights(directory_));
      }
      GLIMPSE_RETURN_IF_ERROR(fetch(file));
      done_ += file.size_bytes;
      GLIMPSE_ASSIGN_OR_RETURN(const FileStamp stamp, stamp_of(directory_ / file.name));
      GLIMPSE_ASSIGN_OR_RETURN(std::string sha256, sha256_of(directory_ / file.name));
      manifest.files.push_back({file.name, stamp.size_bytes, std::move(sha256)});
    }
    return write_manifest(manifest, directory_);
  }

 private:
  fs::path part_of(const RemoteFile& file) const {
    return directory_ / fmt::format("{}.{}.part", file.name, hash_of(file).substr(0, 16));
  }

  Result<void> check_space(const std::vector<RemoteFile>& files) const {
    std::error_code error;
    const auto space = fs::space(directory_, error);
    if (error) return Error::io("{}: {}", display(directory_), error.message());
    std::uint64_t needed = 0;
    for (const RemoteFile& file : files) {
      const auto there = [&](const fs::path& path) {
        const auto size = fs::file_size(path, error);
        return error ? std::uint64_t{0} : static_cast<std::uint64_t>(size);
      };
      const std::uint64_t have = std::max(there(directory_ / file.name), there(part_of(file)));
      needed += file.size_bytes - std::min(have, file.size_bytes);
    }
    if (needed <= space.available) return {};
    return Error::resource_exhausted(
        "{}: the model needs {} MB more, and {} MB are free: make room, or set GLIMPSE_MODELS "
        "to another disk",
        display(directory_), needed / 1'000'000 + 1, space.available / 1'000'000);
  }

  // A hash that is wrong once may be a bad transfer; twice, it is what the server has.
  Result<void> fetch(const RemoteFile& file) {
    const fs::path target = directory_ / file.name;
    std::error_code ignored;
    if (fs::exists(target, ignored)) {
      GLIMPSE_ASSIGN_OR_RETURN(const bool right, is_right(file, target));
      if (right) return {};
    }
    for (int tries = 0; tries < 2; ++tries) {
      GLIMPSE_RETURN_IF_ERROR(receive(file));
      GLIMPSE_ASSIGN_OR_RETURN(const bool right, is_right(file, part_of(file)));
      if (right) {
        fs::rename(part_of(file), target, ignored);
        if (ignored) return Error::io("{}: {}", display(target), ignored.message());
        return {};
      }
      fs::remove(part_of(file), ignored);
    }
    return Error::corruption("{}: what the hub sends for {} has not the hash {} that it promises: try again later",
                             url(file), file.name, hash_of(file));
  }

  std::string url(const RemoteFile& file) const {
    return fmt::format("{}/{}/resolve/{}/{}", options_.settings.endpoint, repository_.name, repository_.commit,
                       file.name);
  }

  Result<void> receive(const RemoteFile& file) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto part, PartFile::open(part_of(file)));
    std::uint64_t received = part->size();
    if (received > file.size_bytes) {
      GLIMPSE_RETURN_IF_ERROR(part->begin_at(0));
      received = 0;
    }
    if (received == file.size_bytes && received > 0) return part->sync();
    Request request{.url = url(file), .from = received};
    request.begin = [&](std::uint64_t offset) {
      received = offset;
      return part->begin_at(offset);
    };
    request.write = [&](std::span<const std::byte> bytes) -> Result<void> {
      received += bytes.size();
      if (received > file.size_bytes) {
        return Error::corruption("{}: longer than the {} bytes that the hub promises", url(file), file.size_bytes);
      }
      if (options_.progress) options_.progress(done_ + received, total_, file.name);
      return part->append(bytes);
    };
    GLIMPSE_RETURN_IF_ERROR(client_.get(std::move(request)));
    return part->sync();
  }

  const Repository& repository_;
  const fs::path directory_;
  const DownloadOptions& options_;
  const HttpClient client_;
  std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<void> download(const ModelName& model, const fs::path& directory, const DownloadOptions& options) {
  if (options.settings.offline) {
    return Error::unavailable(
        "HF_HUB_OFFLINE is set, and '{}' is not in the cache {}: unset it, or 'glimpse model add "
        "DIRECTORY'",
        model.repository, display(options.settings.hub_cache));
  }
  if (options.settings.endpoint.empty()) {
    return Error::unavailable(
        "no model hub is known: set HF_ENDPOINT to its address, or 'glimpse model add DIRECTORY'");
  }
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return Error::io("{}: cannot be made: {}", display(directory), error.message());
  const HttpClient client(options.settings, options.cancel);
  GLIMPSE_ASSIGN_OR_RETURN(const Repository repository, list_repository(client, options.settings.endpoint, model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, needed_files(repository));
  return Download(repository, directory, options).run(files);
}

}  // namespace glimpse::hub
