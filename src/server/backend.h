#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "filter/filter.h"
#include "server/judgments.h"

namespace glimpse::server {

enum class SearchIn {
  kPictures,  ///< What pictures show.
  kCaptions,  ///< The words of captions; of `text` alone.
};

enum class Sort {
  kBest,  ///< Best first; of browsing, newest file first.
  kDate,  ///< Newest first, by when it was taken (where unknown, the file's time): of a search its best 200.
};

/// What to look for: exactly one of `text`, `like` and `image`; of browsing none.
struct SearchRequest {
  std::string text;
  SearchIn in = SearchIn::kPictures;
  std::optional<std::int64_t> like;  ///< Pictures like the one with this id.
  std::vector<std::byte> image;      ///< Pictures like this encoded picture.
  int limit = 24;                    ///< 1 to 1000.
  int offset = 0;
  filter::Filter filter;  ///< Which pictures may be among the results.
  Sort sort = Sort::kBest;
};

/// One picture of the library.
struct Picture {
  std::int64_t id = 0;
  std::string path;  ///< As stored, absolute.
  std::string name;  ///< Relative to its root, with '/' between parts.
  int width = 0;
  int height = 0;
  float score = 0;           ///< Cosine similarity, or BM25 among captions; higher is better; 0 when browsing.
  std::string caption = {};  ///< UTF-8; empty: none.
  std::string format = {};   ///< As in "jpeg".
  std::uint64_t size_bytes = 0;
  std::int64_t modified_at_ms = 0;                         ///< The file, milliseconds since 1970.
  std::optional<std::int64_t> taken_at_ms = std::nullopt;  ///< None: the file does not say. So for all that follow.
  std::string camera = {}, lens = {};
  std::optional<double> latitude = std::nullopt, longitude = std::nullopt;  ///< Degrees, WGS 84.
};

struct SearchAnswer {
  std::vector<Picture> results;  ///< Best first.
  std::string model;             ///< The model whose vectors were compared, or would be.
  /// Pictures that were compared: all that meet the filter; among captions, those that matched.
  std::int64_t total = 0;
  double encode_ms = 0;         ///< Words or picture to vector.
  double search_ms = 0;         ///< Vector to nearest pictures.
  std::int64_t generation = 0;  ///< The model generation that they are vectors of; 0: no library yet.
};

/// A generation in the making, beside the one that answers.
struct BuildAnswer {
  std::string model;
  std::int64_t generation = 0;
  std::int64_t vectors = 0;   ///< Pictures that have a vector in it.
  std::int64_t pictures = 0;  ///< Of so many.
  bool running = false;       ///< Otherwise somebody has to go on with it.
  double pictures_per_second = 0;
  std::optional<double> seconds_left = {};
};

/// A folder of the library.
struct FolderState {
  std::string path;
  bool online = true;  ///< Else it was missing, empty or mostly vanished at the last look; its pictures are kept.
  std::string offline_since = {};   ///< RFC 3339; empty: online, or no time (of the others too).
  std::string offline_reason = {};  ///< For people.
  std::int64_t pictures = 0;
  std::string scanned_at = {};  ///< When all of it was looked at last.
  bool watched = false;         ///< Changes in it are taken in as they happen.
};

struct FacetCount {
  std::string value;
  std::int64_t pictures = 0;
};

/// What there is to filter by.
struct FacetsAnswer {
  std::int64_t pictures = 0;
  std::vector<FacetCount> months;  ///< "2023-06", latest first.
  std::vector<FacetCount> cameras, lenses, formats, folders;
  std::int64_t placed = 0;     ///< Pictures that know where they were taken.
  std::int64_t captioned = 0;  ///< Pictures with a caption.
};

struct StatusAnswer {
  std::int64_t pictures = 0;
  std::int64_t failed = 0;
  std::string model;
  int dimension = 0;
  std::vector<std::string> roots;
  std::vector<FolderState> folders = {};  ///< The same folders, with their state.
  std::int64_t captioned = 0;             ///< Pictures with a caption.
  bool model_loaded = false;              ///< A tower of it is in memory; a query loads it.
  std::int64_t generation = 0;            ///< That answers; 0: none.
  bool judging = false;                   ///< Judgments are kept here.
  std::optional<BuildAnswer> building = {};
};

struct PictureFile {
  std::filesystem::path path;
  std::string media_type;  ///< As in "image/jpeg".
  /// The library root above `path`. When given, a symbolic link that leads out of it is not followed.
  std::filesystem::path root = {};
};

/// What the server serves. Implemented over the library by the program; every method is called from several threads.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Model loaded and library open.
  virtual bool ready() const = 0;
  virtual Result<SearchAnswer> search(const SearchRequest& request) = 0;
  /// Pictures without a query.
  virtual Result<SearchAnswer> browse(const SearchRequest& request) = 0;
  virtual Result<FacetsAnswer> facets() = 0;
  virtual Result<StatusAnswer> status() = 0;
  virtual Result<Picture> picture(std::int64_t id) = 0;
  virtual Result<PictureFile> file(std::int64_t id) = 0;
  /// By name relative to a root, as the reference system's /images/<name>. Only pictures in the library are found, so
  /// no name can reach outside it.
  virtual Result<PictureFile> file_by_name(const std::string& name) = 0;
  /// A JPEG, longer side at most `max_side` pixels.
  virtual Result<std::vector<std::byte>> thumbnail(std::int64_t id, int max_side) = 0;

  // Judgments. Errors also: unsupported where none are kept; unavailable when they cannot be written now.
  virtual Result<JudgmentsAnswer> judgments(const JudgmentsRequest& request) = 0;
  /// Stores it, in place of an older one of the same key, and gives it as stored.
  virtual Result<JudgmentAnswer> judge(const JudgmentRequest& request) = 0;
  /// Errors also: not_found.
  virtual Result<void> forget_judgment(const JudgmentKey& key) = 0;
  virtual Result<std::string> judgments_file(JudgmentsFile which) = 0;
};

}  // namespace glimpse::server
