#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "train/dataset.h"

namespace glimpse::train {

/// A picture with one of its captions: indexes into the data set.
struct Example {
  std::size_t picture = 0;
  std::size_t caption = 0;
  bool operator==(const Example&) const = default;
};
using ExampleBatch = std::vector<Example>;

struct EpochPlan {
  std::vector<ExampleBatch> batches;
  std::size_t left_out = 0;  ///< Pictures that found no place in this epoch.
};

/// The batches of one epoch: each picture once, with one of its captions, in an order and with a choice that depend on
/// `seed` and `epoch` alone; over the epochs a picture's captions take turns. No batch holds two pictures that are the
/// same or nearly, nor a caption that is right for two of its pictures (in any spelling), for each would be a false
/// negative of the other. What fits no batch waits for the next one. A last batch that is less than half as large as
/// the largest is left out, for its loss and gradients would be of another kind.
/// pictures: those of the training part. batch_size: at least 2. Cost: about the number of captions.
EpochPlan plan_epoch(const Dataset& data, const std::vector<std::size_t>& pictures, std::size_t batch_size,
                     std::uint64_t seed, std::uint64_t epoch);

}  // namespace glimpse::train
