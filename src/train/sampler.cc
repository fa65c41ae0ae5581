// Waiting pictures stand in a line. For each batch the line is walked from its front and every picture that harms no
// other one is taken, until the batch is full; the walk ends after a fixed number of refusals, so that labels (a
// caption that thousands share) cost no more than captions.
#include "train/sampler.h"

#include <algorithm>
#include <list>
#include <unordered_set>

#include "train/random.h"

namespace glimpse::train {
namespace {

constexpr std::uint64_t kOrder = 1, kChoice = 2;  // what a generator is for

/// What a batch holds, by what may not be in it twice.
class Room {
 public:
  explicit Room(const Dataset& data) : data_(data) {}

  bool takes(const Example& example) const {
    const Picture& picture = data_.pictures[example.picture];
    if (groups_.contains(picture.group) || right_.contains(meaning(example.caption))) return false;
    return std::ranges::none_of(picture.captions, [&](std::size_t c) { return said_.contains(meaning(c)); });
  }

  void add(const Example& example) {
    const Picture& picture = data_.pictures[example.picture];
    groups_.insert(picture.group);
    said_.insert(meaning(example.caption));
    for (const std::size_t caption : picture.captions) right_.insert(meaning(caption));
  }

 private:
  std::size_t meaning(std::size_t caption) const { return data_.captions[caption].meaning; }

  const Dataset& data_;
  std::unordered_set<std::size_t> groups_, said_, right_;  ///< right_: all captions of the pictures that are in.
};

/// Each picture with the caption whose turn it is: a picture begins anywhere among its captions.
std::list<Example> waiting_line(const Dataset& data, std::vector<std::size_t> pictures, std::uint64_t seed,
                                std::uint64_t epoch) {
  Random(std::initializer_list<std::uint64_t>{kOrder, seed, epoch}).shuffle(std::span(pictures));
  std::list<Example> line;
  for (const std::size_t picture : pictures) {
    const auto& captions = data.pictures[picture].captions;
    const std::uint64_t first = Random({kChoice, seed, picture}).below(captions.size());
    line.push_back({picture, captions[(first + epoch) % captions.size()]});
  }
  return line;
}

ExampleBatch fill_batch(const Dataset& data, std::list<Example>& line, std::size_t batch_size) {
  const std::size_t patience = std::max<std::size_t>(1024, 16 * batch_size);
  Room room(data);
  ExampleBatch batch;
  std::size_t refused = 0;
  for (auto at = line.begin(); at != line.end() && batch.size() < batch_size && refused < patience;) {
    if (room.takes(*at)) {
      room.add(*at);
      batch.push_back(*at);
      at = line.erase(at);
    } else {
      ++refused;
      ++at;
    }
  }
  return batch;
}

}  // namespace

EpochPlan plan_epoch(const Dataset& data, const std::vector<std::size_t>& pictures, std::size_t batch_size,
                     std::uint64_t seed, std::uint64_t epoch) {
  std::list<Example> line = waiting_line(data, pictures, seed, epoch);
  EpochPlan plan;
  std::size_t largest = 2;
  while (!line.empty()) {
    ExampleBatch batch = fill_batch(data, line, batch_size);
    largest = std::max(largest, batch.size());
    if (batch.size() >= 2 && 2 * batch.size() >= largest) {
      plan.batches.push_back(std::move(batch));
    } else {
      plan.left_out += batch.size();
    }
  }
  return plan;
}

}  // namespace glimpse::train
