#pragma once

#include "base/result.h"
#include "library/library.h"
#include "library/sqlite.h"

// The checksum of a row, as SQL: glimpse_sum over its other columns in the order of the table. Text of a literal, as
// statements are.
#define GLIMPSE_ROOT_SUM "glimpse_sum(id, path, state, added_at_ms)"
#define GLIMPSE_GENERATION_SUM "glimpse_sum(id, model, fingerprint, dimension, model_directory, created_at_ms, state)"
#define GLIMPSE_PICTURE_SUM \
  "glimpse_sum(id, root, name, size_bytes, mtime_ns, content, format, width, height, orientation, indexed_at_ms)"
#define GLIMPSE_JUDGMENT_SUM \
  "glimpse_sum(id, query, words, content, judge, grade, rank, model, fingerprint, judged_at_ms)"
#define GLIMPSE_DETAILS_SUM "glimpse_sum(picture, taken_at_ms, camera, lens, latitude, longitude)"

namespace glimpse::library {

/// Library::check, of any connection; the index of words apart (check_caption_words).
Result<CheckReport> check_database(Connection& connection, Library::CheckDepth depth);

/// The few rows that everything else rests on: folders and models. Cheap, done at each opening. Errors: corruption.
Result<void> check_rows_all_rests_on(Connection& connection);

}  // namespace glimpse::library
