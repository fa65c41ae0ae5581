#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "train/dataset.h"
#include "train/settings.h"
#include "train/split.h"

namespace glimpse::train {

struct ModelIdentity {
  std::string name;
  std::filesystem::path directory;
  std::string family;
  std::string fingerprint;
};

struct DataIdentity {
  std::filesystem::path source;    ///< What was asked for: a folder or a table.
  std::filesystem::path pictures;  ///< The folder that the pictures lie in.
  std::string form;                ///< "table", "coco", …
  std::string sha1;
  std::size_t picture_count = 0, caption_count = 0;
  DataProblems problems;
};
DataIdentity identity_of(const Dataset& data, const std::filesystem::path& source, evaluate::TruthForm form);

/// A file that is learnt from beside the data.
struct FileIdentity {
  std::filesystem::path source;
  std::string sha1;
};

/// What a run is, known before its first step: the file run.json. See docs/formats/training-run.md.
struct RunRecord {
  Settings settings;
  ModelIdentity model;
  DataIdentity data;
  std::optional<DataIdentity> guard;
  std::optional<FileIdentity> labelled, sentences;  ///< Of new heads.
  std::array<std::size_t, 3> part_sizes = {};       ///< By Part.
  std::array<std::string, 3> part_sha1 = {};
  std::filesystem::path page;  ///< Where else the run's page is written; may be empty, and may change when it goes on.
};

/// JSON. Paths that are no UTF-8 are written with U+FFFD.
std::string record_text(const RunRecord& record);
/// SHA-1 of that text without what another machine would have otherwise (paths): equal runs have equal ones.
std::string run_id(const RunRecord& record);

/// The parts of a stored record that a run goes on with. Errors: not_found (no run there); corruption.
struct StoredRun {
  std::string text;
  Settings settings;
  std::string model, source, pictures, guard, labelled, sentences, page;  ///< Paths as they were; empty: none.
};
Result<StoredRun> read_run(const std::filesystem::path& run_directory);

/// Whether a run that goes on is still the one that was begun. Errors: invalid_argument: what differs.
Result<void> check_same_run(const StoredRun& stored, const RunRecord& now);

}  // namespace glimpse::train
