#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "encode/encoder.h"
#include "encode/image_pipeline.h"
#include "encode/memory_plan.h"
#include "library/library.h"
#include "library/scanner.h"

namespace glimpse::library {

/// A file whose outcome is on disk: no crash and no power cut takes it away.
struct CommittedFile {
  std::filesystem::path path;
  bool failed = false;  ///< It is listed among the failures.
};

struct IndexOptions {
  encode::PipelineOptions pipeline;  ///< batch_size 0: encode::batch_for chooses.
  encode::MemoryLimit memory;        ///< What the pipeline is cut to once the model is loaded.
  bool force = false;                ///< Forget vanished pictures even when most of a root is gone.
  /// Look at these parts of a root alone, as long as it is online; a root without an entry is looked at as a whole.
  std::map<RootId, std::vector<ScanPart>> parts;
  /// As ScanOptions::on_directory, on the thread that called index_roots.
  std::function<void(const Root&, const ScannedDirectory&)> on_directory;
  /// Called after each commit with what it held. From the thread that runs the indexer.
  std::function<void(const std::vector<CommittedFile>&)> committed;
};

struct IndexProgress {
  std::int64_t done = 0;     ///< Pictures finished.
  std::int64_t skipped = 0;  ///< Files that could not be read.
  std::int64_t total = 0;    ///< Files to read.
};

struct IndexReport {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t moved = 0;            ///< Known content under a new name: nothing was embedded.
  std::int64_t gone = 0;             ///< Forgotten, because the file is gone or passed over by now.
  std::int64_t unchanged = 0;        ///< Not opened.
  std::int64_t failed = 0;           ///< Newly recorded as failures.
  std::int64_t embedded = 0;         ///< Went through the model.
  std::int64_t raw_beside_jpeg = 0;  ///< RAW files that were passed over, as their JPEG stands for them.
  std::int64_t details_read = 0;     ///< Pictures of an older library whose date, camera and place were read, no more.
  std::vector<RootId> offline;       ///< Roots found missing, empty or mostly vanished: all their pictures are kept.
  std::vector<std::filesystem::path> damaged;  ///< Of rows that were damaged; their files were read again.
};

using LoadModel = std::function<Result<encode::ImageModel>(const encode::WaitingPictures& waiting)>;

/// Makes the library equal to its folders: scans `roots`, embeds what is new or changed and what lacks a sound vector
/// in `generation`, forgets what is gone. Work is committed in groups as it is done: an interrupted run keeps it, and
/// the next one goes on. `load_model` is called once, when there is anything to embed, with how much and a sample of
/// it. Called from one thread at a time. Errors: cancelled; the library's; the model's. A picture that cannot be read
/// is a failure in the library, not an error.
Result<IndexReport> index_roots(Library& library, const Generation& generation, const LoadModel& load_model,
                                std::span<const RootId> roots, const IndexOptions& options,
                                const std::function<void(const IndexProgress&)>& progress, const CancelToken& cancel);

/// The stable reason code under which a failure is listed: "empty", "not_a_picture", "damaged", "unsupported",
/// "too_large", "unreadable".
std::string_view failure_reason(const Error& error);

}  // namespace glimpse::library
