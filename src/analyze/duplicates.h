#pragma once

#include <cstddef>
#include <vector>

#include "analyze/pictures.h"

namespace glimpse::analyze {

/// Pictures that belong together, as indexes, ascending; at least two.
using Group = std::vector<std::size_t>;

/// What makes two pictures near duplicates: hashes differ in at most so many bits, sketches in at most this share of
/// their variation, aspect ratios by at most this factor. Found to part re-encoded and resized copies from merely
/// similar pictures.
struct NearRule {
  int hash_bits = 10;
  double difference = 0.03;
  double ratio = 1.06;
};

/// Files with the same bytes; the largest groups first.
std::vector<Group> exact_duplicates(const std::vector<PictureFacts>& pictures);

/// Pictures that look the same although their files differ; of files with the same bytes the first alone is looked at.
/// The largest groups first. A group is what a chain of pairs holds together. Time grows with the square of the number
/// of pictures, some 10 ns a pair, shared by `threads` threads.
std::vector<Group> near_duplicates(const std::vector<PictureFacts>& pictures, int threads, const NearRule& rule = {});

/// For each picture the first of those that are copies of it by any of the groups, else itself.
std::vector<std::size_t> originals(std::size_t pictures, const std::vector<Group>& exact,
                                   const std::vector<Group>& near);

}  // namespace glimpse::analyze
