#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "image/details.h"
#include "index/limits.h"
#include "library/ids.h"

namespace glimpse::library {

enum class RootState {
  kOnline,   ///< Seen at the last scan.
  kOffline,  ///< Missing, empty or mostly vanished at the last scan; its pictures are kept.
};

/// A folder that the user gave us.
struct Root {
  RootId id;
  std::filesystem::path path = {};  ///< Absolute.
  RootState state = RootState::kOnline;
  std::int64_t added_at_ms = 0;  ///< Milliseconds since 1970, as all *_ms times here.
  // What the latest scans found.
  std::int64_t scanned_at_ms = 0;     ///< When all of it was looked at last; 0: never.
  std::int64_t offline_since_ms = 0;  ///< 0: online.
  std::string offline_reason = {};    ///< For people; empty when online.
};

/// What scans of a root take and pass over, beside the rules of skip_rules.h. Patterns as in glob.h.
struct RootRules {
  std::vector<std::string> include =
      {};  ///< None: everything. Else only files that one names, or whose directory one does.
  std::vector<std::string> exclude = {};  ///< Goes before `include`.
  bool hidden = false;                    ///< Names that begin with a dot are taken too.
  bool operator==(const RootRules&) const = default;
};

/// What the indexer learnt about a file.
struct PictureFacts {
  RootId root;
  std::filesystem::path name;  ///< Relative to the root. Bytes as the file system has them, not always UTF-8.
  FileStamp stamp;             ///< Taken before the file was read, so a write in between shows at the next scan.
  Hash128 content;             ///< Of the whole file.
  std::string format;          ///< As in "jpeg".
  int width = 0;               ///< Upright, in pixels.
  int height = 0;
  int orientation = 1;  ///< EXIF, 1 to 8.
  /// None: not read yet, as of pictures that an older glimpse indexed. The next run over their folder reads them.
  std::optional<image::PictureDetails> details = std::nullopt;
};

/// A picture of the library.
struct Picture : PictureFacts {
  ImageId id;
  std::filesystem::path path;  ///< Absolute: the root's path / name.
  std::int64_t indexed_at_ms = 0;
};

/// When it was taken, or, where the file does not say, when the file was last written. What Filter's times are compared
/// with.
inline std::int64_t time_ms(const PictureFacts& picture) {
  if (picture.details && picture.details->taken_at_ms) return *picture.details->taken_at_ms;
  constexpr std::int64_t kNanoseconds = 1'000'000;
  const std::int64_t whole = picture.stamp.mtime_ns / kNanoseconds;
  return picture.stamp.mtime_ns % kNanoseconds < 0 ? whole - 1 : whole;
}

enum class TimeOrder {
  kFile,   ///< By when the file was last written.
  kTaken,  ///< By time_ms.
};

struct Newest {
  std::vector<Picture> pictures;  ///< Newest first; equal times by descending id.
  std::int64_t total = 0;         ///< Of all pages.
};

/// A file that cannot be a picture of the library. It is tried again when its stamp changes.
struct FailureFacts {
  RootId root;
  std::filesystem::path name;
  FileStamp stamp;
  std::string reason;   ///< Stable code, as in "truncated".
  std::string message;  ///< For people.
};

struct Failure : FailureFacts {
  std::filesystem::path path = {};  ///< Absolute.
  std::int64_t first_seen_ms = 0;
  std::int64_t last_seen_ms = 0;
};

enum class GenerationState {
  kBuilding,  ///< Not complete; searched by nobody.
  kActive,    ///< The one that answers. At most one.
  kRetired,   ///< Kept for rollback.
};

/// "building", "active", "retired".
std::string_view name_of(GenerationState state);

/// The model that vectors belong to. Vectors of different fingerprints never meet.
struct ModelFacts {
  std::string model;        ///< Name, as in "openai/clip-vit-base-patch32".
  std::string fingerprint;  ///< Of weights, config, preprocessing and tokenizer.
  int dimension = 0;        ///< 1 to kMaxDimension.
  std::filesystem::path model_directory;
};

struct Generation : ModelFacts {
  GenerationId id;
  GenerationState state = GenerationState::kBuilding;
  std::int64_t created_at_ms = 0;
};

/// What a generation has, and takes.
struct GenerationHoldings {
  std::int64_t vectors = 0;
  std::int64_t size_bytes = 0;  ///< About what its vectors take in the library's file.
};

/// What tells whether the vectors of a generation changed.
struct VectorMarks {
  std::int64_t last_sequence = 0;  ///< Of all vectors of the library; a later one has a larger.
  std::int64_t losses = 0;         ///< Vectors of the generation ever deleted; -1: a library too old to count them.
};

/// A picture that has no vector in a generation.
struct LackingPicture {
  ImageId id;
  RootId root;
};

using index::kMaxDimension;

/// A file that the catalogue knows, as a picture or as a failure.
struct KnownFile {
  std::filesystem::path name;
  FileStamp stamp;
  std::optional<ImageId> picture;  ///< Empty: a failure.
};

struct Status {
  std::int64_t pictures = 0;
  std::int64_t failures = 0;
  std::int64_t vectors = 0;  ///< Of the active generation.
  std::optional<Generation> active;
  std::vector<Root> roots;
};

/// What check() found. Nothing damaged: all lists are empty.
struct CheckReport {
  std::vector<std::string> problems;  ///< Of the file's structure and of rows, one sentence each; at most 100.
  std::vector<ImageId>
      damaged_pictures;                  ///< Whose rows are among the problems: the next indexing run reads them again.
  std::vector<ImageId> damaged_vectors;  ///< Pictures to embed again.
  bool ok() const { return problems.empty() && damaged_vectors.empty(); }
};

/// All that a library holds, counted.
struct Inventory {
  template <typename T>
  struct Counted {
    T item;
    std::int64_t count = 0;
  };
  std::int64_t schema = 0;
  std::int64_t failures = 0;
  std::int64_t captions = 0;
  std::int64_t judgments = 0;
  std::vector<Counted<Root>> roots;              ///< With their pictures.
  std::vector<Counted<Generation>> generations;  ///< With their vectors.
};

/// What repair() did.
struct Repair {
  std::int64_t vectors = 0;      ///< Damaged ones, forgotten.
  bool rebuilt_indexes = false;  ///< SQLite's own.
  bool rebuilt_words = false;    ///< The index of the words of captions.
};

}  // namespace glimpse::library
