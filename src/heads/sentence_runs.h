#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "heads/matrix.h"

namespace glimpse::heads {

/// Which sentences describe one picture, in a list that holds the captions picture by picture, sorted inside each (by
/// letters and digits, case ignored), at most five, some left out. The cut into runs that makes the sentences of a run
/// most alike, by dynamic programming; nothing is learnt from pictures. embeddings: [sentences, width], unit rows.
/// Returns index lists, in order, together all sentences.
std::vector<std::vector<std::int64_t>> sentence_runs(std::span<const std::string> sentences, const Matrix& embeddings);

}  // namespace glimpse::heads
