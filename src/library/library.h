#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/filter.h"
#include "library/captions.h"
#include "library/facets.h"
#include "library/records.h"
#include "library/remote_points.h"
#include "library/scan_part.h"
#include "library/write_batch.h"

namespace glimpse::library {

enum class Access { kReadOnly, kReadWrite };

struct OpenOptions {
  Access access = Access::kReadWrite;
  bool create = false;  ///< Makes the directory and an empty library when there is none. Needs kReadWrite.
  /// For writing: how long to wait for another process that writes. Those who write now and then, or in short turns,
  /// wait for each other in order.
  std::chrono::milliseconds wait{0};
};

/// Where a directory lies in the library: under `root`, at `inside` (empty: the root itself).
struct RootPlace {
  RootId root;
  std::filesystem::path inside;
};

/// The user's pictures on disk: catalogue, vectors, failures, model generations, settings. docs/formats/library.md.
///
///   GLIMPSE_ASSIGN_OR_RETURN(auto library, Library::open(directory, {.create = true}));
///
/// Any number of programs may read while one writes. All methods are thread-safe; reads run side by side and see what
/// was committed, writes wait for each other. What a writing method reports as done survives a crash and a power cut;
/// on error it has changed nothing. Errors of all methods: corruption (damaged file), io, resource_exhausted (disk
/// full), unavailable (busy); writing to a library opened read-only is invalid_argument.
class Library {
 public:
  /// Errors also: not_found without a library and without `create`; unavailable, naming the process, when another one
  /// has it open for writing and goes on longer than `wait`; unsupported for the schema of a newer glimpse.
  static Result<std::unique_ptr<Library>> open(const std::filesystem::path& directory, const OpenOptions& options = {});
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::filesystem::path& directory() const;
  /// For what can be made again: thumbnails, compiled models. May not exist yet.
  std::filesystem::path cache_directory() const;

  // Roots.
  /// Adds a directory; one inside a root already there gives that root (unless the way to it leads through a directory
  /// that scans skip). Found again also under another spelling of its path.
  Result<RootPlace> add_root(const std::filesystem::path& directory);
  Result<std::vector<Root>> roots() const;
  /// Where a directory lies, as add_root would say; nothing when it is under no root.
  Result<std::optional<RootPlace>> place_of(const std::filesystem::path& directory) const;
  /// What a scan found: the state, and why when offline. `whole`: it looked at all of the root.
  Result<void> record_scan(RootId id, RootState state, std::string_view offline_reason, bool whole);
  Result<RootRules> rules_of(RootId id) const;
  /// Takes effect at the next scan. Errors also: invalid_argument (a pattern that is none).
  Result<void> set_rules(RootId id, const RootRules& rules);
  Result<std::int64_t> pictures_of(RootId id) const;
  /// Forgets the root with all its pictures and failures. Files are not touched.
  Result<void> remove_root(RootId id);

  // Pictures and failures.
  /// Applies the whole batch or nothing. Returns the ids of its put_picture calls, in order.
  Result<std::vector<ImageId>> commit(const WriteBatch& batch);
  Result<Picture> picture(ImageId id) const;
  /// In the order of `ids`; those that are not there are left out.
  Result<std::vector<Picture>> pictures(std::span<const ImageId> ids) const;
  /// Newest file first.
  Result<std::vector<Picture>> newest(std::int64_t limit, std::int64_t offset) const;
  /// The same of those that meet the filter, and how many those are.
  Result<Newest> newest_of(const filter::Filter& filter, TimeOrder order, std::int64_t limit,
                           std::int64_t offset) const;
  Result<std::optional<Picture>> find(RootId root, const std::filesystem::path& name) const;
  /// By name alone, in the oldest root that has it.
  Result<std::optional<Picture>> find(const std::filesystem::path& name) const;
  /// Pictures with these bytes: a new file that equals one whose file is gone was renamed.
  /// A negative limit: all.
  Result<std::vector<Picture>> find_by_content(const Hash128& content, std::uint64_t size_bytes,
                                               std::int64_t limit = -1) const;
  /// All pictures and failures of a root, in no order: what a scan is compared with.
  Result<std::vector<KnownFile>> known_files(RootId root) const;
  /// Those of one part of it.
  Result<std::vector<KnownFile>> known_files(RootId root, const ScanPart& part) const;
  /// Pictures whose details were never read, ascending from just above `after`.
  Result<std::vector<Picture>> missing_details(ImageId after, std::int64_t limit) const;
  /// The pictures that meet every condition, ascending.
  Result<std::vector<ImageId>> matching(const filter::Filter& filter) const;
  /// What filters can tell apart in this library.
  Result<Facets> facets() const;
  /// By root and name. A negative limit: all.
  Result<std::vector<Failure>> failures(std::int64_t limit = -1, std::int64_t offset = 0) const;
  Result<Status> status() const;

  // Model generations.
  /// The generation of `facts.fingerprint`, made in the state building when new. Where none is active it becomes active
  /// at once: there is nothing older that could answer. Errors also: invalid_argument when the fingerprint is known
  /// with another dimension.
  Result<Generation> open_generation(const ModelFacts& facts);
  Result<std::vector<Generation>> generations() const;
  Result<std::optional<Generation>> active_generation() const;
  /// One transaction: the active one retires and `id` answers. Also the way back. Errors also: not_found.
  Result<void> activate(GenerationId id);
  /// The one that answered before the active one and is still here: where a rollback leads.
  Result<std::optional<Generation>> previous_generation() const;
  /// Errors also: not_found. Counts rows.
  Result<GenerationHoldings> holdings(GenerationId id) const;
  /// Deletes a generation and its vectors. Errors also: invalid_argument for the active one.
  Result<void> drop_generation(GenerationId id);

  // Vectors.
  /// Pictures that still lack a vector, ascending from just above `after`.
  Result<std::vector<Picture>> missing_vectors(GenerationId id, ImageId after, std::int64_t limit) const;
  /// All of them, in brief, ascending by id.
  Result<std::vector<LackingPicture>> lacking_pictures(GenerationId id) const;
  /// Errors also: not_found; corruption when the vector's checksum disagrees.
  Result<std::vector<float>> vector_of(GenerationId generation, ImageId picture) const;
  /// The vector of any picture with these bytes; nothing when none has a sound one.
  Result<std::optional<std::vector<float>>> vector_of_content(GenerationId generation, const Hash128& content,
                                                              std::uint64_t size_bytes) const;
  /// A stored vector: `halves` is IEEE binary16, empty when the row is damaged.
  struct StoredVector {
    ImageId picture;
    std::int64_t sequence = 0;  ///< Grows with each vector written.
    std::span<const std::uint16_t> halves;
  };
  /// Visits vectors in the order they were written, from just above `after_sequence`, each checked against its
  /// checksum.
  Result<void> for_each_vector(GenerationId generation, std::int64_t after_sequence,
                               const std::function<void(const StoredVector&)>& visit) const;
  /// Which pictures have a vector, and that vector's sequence: cheap, reads no vector.
  Result<void> for_each_sequence(GenerationId generation,
                                 const std::function<void(ImageId, std::int64_t sequence)>& visit) const;
  /// At one moment. Cheap. Errors also: not_found.
  Result<VectorMarks> vector_marks(GenerationId generation) const;
  /// Visits the vectors of `pictures` with their places in it, each checked; those that are not there, or damaged, not.
  Result<void> read_vectors(GenerationId generation, std::span<const ImageId> pictures,
                            const std::function<void(std::size_t, std::span<const std::uint16_t>)>& visit) const;
  Result<std::int64_t> vector_count(GenerationId generation) const;
  /// The checksum of the last vector written, of any generation, up to a sequence; 0: none. Tells one history of the
  /// library from another (restored, then written on).
  Result<std::int64_t> last_checksum(std::int64_t up_to_sequence) const;
  /// Changes whenever any program, this one included, commits to the library.
  Result<std::int64_t> data_version() const;

  // Captions. A library of schema 1 that is open for reading only has none.
  /// The caption that `maker` gave to this content.
  Result<std::optional<std::string>> caption_by(const CaptionMaker& maker, const Hash128& content) const;
  /// The caption to show for each picture, in the order of `ids`: the latest. Empty: none, or no such picture.
  Result<std::vector<std::string>> captions_of(std::span<const ImageId> ids) const;
  /// Pictures whose caption has all the words, in any case and with or without diacritics; the last word also matches
  /// as the beginning of one. Nothing in `words` is an operator.
  Result<CaptionHits> search_captions(std::string_view words, std::int64_t limit, std::int64_t offset) const;
  /// How many pictures have a caption.
  Result<std::int64_t> captioned_pictures() const;

  // Remote stores: what each, by a name of the caller's, has acknowledged. docs/adr/0030-qdrant-mirror.md.
  /// Pictures with a vector in the generation, in the order the vectors were written, from just above `after_sequence`.
  Result<std::vector<RemoteCandidate>> remote_candidates(std::string_view store, GenerationId generation,
                                                         std::int64_t after_sequence, std::int64_t limit) const;
  /// Acknowledged points whose picture or vector is gone.
  Result<std::vector<RemotePoint>> remote_orphans(std::string_view store, GenerationId generation,
                                                  std::int64_t limit) const;
  /// How many points the store has acknowledged.
  Result<std::int64_t> remote_count(std::string_view store, GenerationId generation) const;
  /// Pictures with a vector of which the store has acknowledged none, or an older one.
  Result<std::int64_t> remote_waiting(std::string_view store, GenerationId generation) const;
  /// Whether a picture that is there has this point.
  Result<bool> remote_in_use(std::string_view store, const RemotePoint& point) const;
  Result<void> put_remote(std::string_view store, std::span<const RemotePoint> points);
  Result<void> forget_remote(std::string_view store, std::span<const RemotePoint> points);
  /// As if the store had never been told anything.
  Result<void> forget_remote(std::string_view store, GenerationId generation);

  // Settings.
  Result<std::optional<std::string>> setting(std::string_view key) const;
  Result<void> set_setting(std::string_view key, std::string_view value);

  // Care.
  Result<Inventory> inventory() const;
  enum class CheckDepth {
    kQuick,  ///< The file's structure.
    kFull,   ///< Also indexes, references and the checksum of each row and vector: reads everything. Only a library
             ///< that is open for writing can compare the index of words with the captions.
  };
  /// Damage becomes part of the report; an Error means that checking itself was impossible.
  Result<CheckReport> check(CheckDepth depth) const;
  /// Undoes the damage that can be undone without the pictures: forgets damaged vectors of all generations (the next
  /// indexing run makes them again), rebuilds SQLite's indexes and the index of words where they disagree with the
  /// rows. What is left is found by check(). Reads everything.
  Result<Repair> repair();
  /// The vectors alone, of one generation. Gives how many there were. Reads them all.
  Result<std::int64_t> forget_damaged_vectors(GenerationId generation);
  /// Makes the next scan read the files of damaged picture rows again, by taking from those rows the stamp that says
  /// they are known. Gives their paths, as far as the rows still know them.
  Result<std::vector<std::filesystem::path>> expose_damaged_pictures();
  /// Writes a copy as of one moment to the new file `target`, without the space of what was deleted: one read
  /// transaction, which no writer waits for and which never writes to the library. Not flushed to the disk.
  /// Errors also: already_exists.
  Result<void> copy_to(const std::filesystem::path& target) const;
  /// For tests: no more than this many bytes of database, as if the disk were full. 0: no limit.
  Result<void> TEST_limit_size(std::int64_t size_bytes);

 private:
  friend class Judgments;
  struct State;
  explicit Library(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::library
