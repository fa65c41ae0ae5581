#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/result.h"
#include "library/captions.h"
#include "library/records.h"

namespace glimpse::library {

class Library;

/// Changes to the catalogue that happen together: a plain list in memory until Library::commit. Not thread-safe.
class WriteBatch {
 public:
  /// Adds the picture, or replaces what is known of the same root and name, a failure included. New content drops the
  /// vectors and details of the old; equal content keeps id and vectors, and details where `facts` has none.
  void put_picture(PictureFacts facts);
  /// The same with its vector, of unit norm and the generation's dimension (checked by commit: invalid_argument).
  void put_picture(PictureFacts facts, GenerationId generation, std::span<const float> vector);
  /// A vector for a picture that is there; one whose picture is gone by now is dropped in silence.
  void put_vector(ImageId picture, GenerationId generation, std::span<const float> vector);
  /// The same, made from `content`; dropped in silence also when the picture's row has another by now.
  void put_vector(ImageId picture, const Hash128& content, GenerationId generation, std::span<const float> vector);
  /// Forgets a vector, as a damaged one. The picture stays.
  void erase_vector(ImageId picture, GenerationId generation);
  /// The same bytes under another name: id and vectors stay.
  void move_picture(ImageId picture, RootId root, std::filesystem::path name, const FileStamp& stamp);
  /// The same bytes with another modification time.
  void touch_picture(ImageId picture, const FileStamp& stamp);
  void erase_picture(ImageId picture);
  /// What a picture's file says of itself, for one stored without; in silence nothing when it is gone by now.
  void put_details(ImageId picture, image::PictureDetails details);
  /// Adds or renews a failure; a picture of that name is forgotten.
  void put_failure(FailureFacts facts);
  /// A caption for every picture of this content, in place of the one by the same maker; dropped in silence when no
  /// picture has the content by now. Checked by commit: invalid_argument (CaptionFacts::text).
  void put_caption(const Hash128& content, CaptionFacts facts);
  void erase_failure(RootId root, std::filesystem::path name);

  std::size_t size() const { return changes_.size(); }
  bool empty() const { return changes_.empty(); }
  void clear() { changes_.clear(); }

 private:
  friend class Library;
  struct Vector {
    GenerationId generation;
    std::vector<float> values;
  };
  struct PutPicture {
    PictureFacts facts;
    std::vector<Vector> vectors;
  };
  struct PutVector {
    ImageId picture;
    Vector vector;
    std::optional<Hash128> content;  ///< What the row must have; none: anything.
  };
  struct EraseVector {
    ImageId picture;
    GenerationId generation;
  };
  struct MovePicture {
    ImageId picture;
    RootId root;
    std::filesystem::path name;
    FileStamp stamp;
  };
  struct TouchPicture {
    ImageId picture;
    FileStamp stamp;
  };
  struct ErasePicture {
    ImageId picture;
  };
  struct PutFailure {
    FailureFacts facts;
  };
  struct EraseFailure {
    RootId root;
    std::filesystem::path name;
  };
  struct PutCaption {
    Hash128 content;
    CaptionFacts facts;
  };
  struct PutDetails {
    ImageId picture;
    image::PictureDetails details;
  };
  using Change = std::variant<PutPicture, PutVector, EraseVector, MovePicture, TouchPicture, ErasePicture, PutFailure,
                              EraseFailure, PutCaption, PutDetails>;
  friend class BatchWriter;
  std::vector<Change> changes_;
};

/// Group commit: gathers changes and commits them when there are enough or the oldest has waited long enough, because
/// each commit costs a flush of the disk. Not thread-safe.
class GroupCommit {
 public:
  struct Limits {
    std::size_t changes = 64;
    std::chrono::milliseconds age{1000};
  };
  explicit GroupCommit(Library& library) : GroupCommit(library, Limits{}) {}
  GroupCommit(Library& library, Limits limits) : library_(library), limits_(limits) {}

  /// Where to put changes. What is put here and not committed is lost with this object.
  WriteBatch& batch();
  bool due() const;
  /// Commits what there is. Ids as Library::commit. On error the changes stay, for another try.
  Result<std::vector<ImageId>> commit();

 private:
  Library& library_;
  const Limits limits_;
  WriteBatch batch_;
  std::chrono::steady_clock::time_point oldest_;
};

}  // namespace glimpse::library
