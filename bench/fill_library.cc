// Adds made-up pictures with clustered vectors to a library that has a model, to see how a large one behaves:
//   glimpse index FOLDER --library DIRECTORY && fill_library DIRECTORY COUNT && glimpse search "a dog" --library
//   DIRECTORY
// The pictures are of a folder that is empty; do not index it.
#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "library/library.h"

namespace {

using namespace glimpse;
using namespace glimpse::library;

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "fill_library: {}\n", why);
  std::exit(2);
}

template <typename T>
T must(Result<T> result) {
  if (!result) fail(result.error().message());
  return *std::move(result);
}

/// A table of normal numbers, read from random places: as good here as drawing each, and quicker.
class Rows {
 public:
  explicit Rows(std::size_t dimension) : dimension_(dimension), table_(1 << 20), centres_(5'000 * dimension) {
    std::normal_distribution<float> normal;
    for (float& value : table_) value = normal(random_);
    for (float& value : centres_) value = normal(random_);
  }
  std::vector<float> next() {
    const float* const centre = &centres_[random_() % (centres_.size() / dimension_) * dimension_];
    const float* const noise = &table_[random_() % (table_.size() - dimension_)];
    std::vector<float> row(dimension_);
    double square = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      row[i] = centre[i] + 0.7f * noise[i];
      square += double{row[i]} * double{row[i]};
    }
    for (float& value : row) value = static_cast<float>(value / std::sqrt(square));
    return row;
  }

 private:
  std::size_t dimension_;
  std::mt19937_64 random_{1};
  std::vector<float> table_, centres_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("expected LIBRARY COUNT");
  const auto library = must(Library::open(argv[1]));
  const auto generation = must(library->active_generation());
  if (!generation) fail("the library has no model: run 'glimpse index' on a folder first");
  const auto folder = library->directory() / "made-up";
  std::filesystem::create_directory(folder);
  const RootId root = must(library->add_root(folder)).root;
  Rows rows(static_cast<std::size_t>(generation->dimension));
  WriteBatch batch;
  const auto count = std::strtoull(argv[2], nullptr, 10);
  for (std::uint64_t i = 0; i < count; ++i) {
    PictureFacts facts;
    facts.root = root;
    facts.name = fmt::format("{}/{}.jpg", i / 1000, i);
    facts.stamp = {1000 + i, 0};
    facts.content = {i, ~i};
    facts.format = "jpeg";
    facts.width = facts.height = 640;
    batch.put_picture(facts, generation->id, rows.next());
    if (batch.size() < 5'000 && i + 1 < count) continue;
    must(library->commit(batch));
    batch.clear();
  }
}
