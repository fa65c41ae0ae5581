#include "library/missing_details.h"

#include <algorithm>

#include "base/file.h"
#include "image/decode.h"
#include "library/write_batch.h"

namespace glimpse::library {
namespace {

/// EXIF, at most 64 KiB, stands in front of a JPEG's pixels, beside a colour profile and a preview.
constexpr std::uint64_t kStartOfJpeg = 256 << 10;

Result<image::PictureDetails> read_details(const Picture& picture) {
  GLIMPSE_ASSIGN_OR_RETURN(const FileStamp stamp, stamp_of(picture.path));
  if (stamp != picture.stamp) return Error::unavailable("{}: it has changed", display(picture.path));
  if (picture.format == "jpeg") {
    GLIMPSE_ASSIGN_OR_RETURN(const auto start, read_file_start(picture.path, kStartOfJpeg));
    if (const auto header = image::probe(start)) return header->details;
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(picture.path, image::DecodeLimits{}.max_bytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto header, image::probe(bytes));
  return header.details;
}

}  // namespace

Result<std::int64_t> read_missing_details(Library& library, std::span<const RootId> offline,
                                          const CancelToken& cancel) {
  constexpr std::int64_t kPage = 1000;
  std::int64_t read = 0;
  for (ImageId after{0};;) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto page, library.missing_details(after, kPage));
    WriteBatch batch;
    for (const Picture& picture : page) {
      if (cancel.cancelled()) break;
      if (std::ranges::find(offline, picture.root) != offline.end()) continue;
      if (auto details = read_details(picture)) batch.put_details(picture.id, *std::move(details));
    }
    GLIMPSE_RETURN_IF_ERROR(library.commit(batch));
    read += static_cast<std::int64_t>(batch.size());
    if (cancel.cancelled()) return Error::cancelled("interrupted; what was finished is kept");
    if (static_cast<std::int64_t>(page.size()) < kPage) return read;
    after = page.back().id;
  }
}

}  // namespace glimpse::library
