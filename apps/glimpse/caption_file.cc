#include "caption_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/csv.h"
#include "base/file.h"

namespace glimpse::app {
namespace {

constexpr std::uint64_t kMaxBytes = 512'000'000;
const CsvRecord kHeader = {"file_name", "caption"};

Error failure(const std::filesystem::path& path, const char* what) {
  const int error = errno;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return Error::resource_exhausted("{}: the disk is full; the same command goes on from here", display(path));
  }
  return Error::io("{}: {}: {}", display(path), what, std::strerror(error));
}

}  // namespace

Result<std::unique_ptr<CaptionFile>> CaptionFile::open(const std::filesystem::path& path) {
  CsvText csv;
  if (const auto text = read_text_file(path, kMaxBytes)) {
    GLIMPSE_ASSIGN_OR_RETURN(csv, parse_csv(*text).with_context(display(path)));
  } else if (text.error().code() != ErrorCode::kNotFound) {
    return text.error();
  }
  if (!csv.records.empty() && csv.records.front() != kHeader) {
    return Error::corruption("{}: expected the columns file_name,caption: is it another table? Choose another --out",
                             display(path));
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return failure(path, "cannot be written");
  std::unique_ptr<CaptionFile> file(new CaptionFile(path, fd));
  const auto whole = static_cast<off_t>(csv.whole_bytes);
  if (::ftruncate(fd, whole) != 0 || ::lseek(fd, whole, SEEK_SET) != whole) return failure(path, "cannot be cut");
  if (csv.records.empty()) GLIMPSE_RETURN_IF_ERROR(file->write(csv_line(kHeader)));
  for (const CsvRecord& record : csv.records) {
    file->captions_.insert_or_assign(record.front(), record.size() > 1 ? record[1] : std::string());
  }
  return file;
}

const std::string* CaptionFile::find(const std::string& file_name) const {
  const auto found = captions_.find(file_name);
  return found == captions_.end() ? nullptr : &found->second;
}

CaptionFile::~CaptionFile() { ::close(fd_); }

Result<void> CaptionFile::append(const std::string& file_name, const std::string& caption) {
  GLIMPSE_RETURN_IF_ERROR(write(csv_line(std::array{file_name, caption})));
  captions_.insert_or_assign(file_name, caption);
  return {};
}

Result<void> CaptionFile::write(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(fd_, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(path_, "cannot be written");
    done += static_cast<std::size_t>(written);
  }
  if (::fdatasync(fd_) != 0) return failure(path_, "cannot be made durable");
  return {};
}

}  // namespace glimpse::app
