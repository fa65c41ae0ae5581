// The catalogue: lookups, loading, commits, and rescans of unchanged files.
//   build/src/library/library_bench --benchmark_filter='Lookup|Load|Commit|Rescan|Caption'
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/temp_directory.h"
#include "library/changes.h"
#include "library/index_loader.h"
#include "library/library.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

constexpr std::size_t kDimension = 512;

struct Filled {
  TempDirectory temp;
  std::filesystem::path photos = temp.path() / "photos";
  std::unique_ptr<Library> library;
  Generation generation;

  /// `files`: also make them on disk, in directories of 200.
  Filled(std::int64_t pictures, bool files, bool vectors) {
    std::filesystem::create_directory(photos);
    library = Library::open(temp.path() / "library", {.create = true}).value();
    const RootId root = library->add_root(photos)->root;
    generation = library->open_generation(test_model(kDimension)).value();
    WriteBatch batch;
    const auto vector = unit_vector(kDimension, 1);
    for (std::int64_t i = 0; i < pictures; ++i) {
      const auto seed = static_cast<std::uint64_t>(i);
      auto facts = test_facts(root, fmt::format("{}/{}.jpg", i / 200, i), seed);
      if (files) {
        if (i % 200 == 0) std::filesystem::create_directory((photos / facts.name).parent_path());
        std::ofstream(photos / facts.name) << i;
        facts.stamp = stamp_of(photos / facts.name).value();
      }
      if (vectors) {
        batch.put_picture(facts, generation.id, vector);
      } else {
        batch.put_picture(facts);
      }
    }
    static_cast<void>(library->commit(batch));
  }
};

/// 24 pictures by id, as one page of results needs them.
void lookup(benchmark::State& state) {
  const Filled filled(state.range(0), false, false);
  std::mt19937_64 random(1);
  std::vector<ImageId> ids(24);
  for (auto _ : state) {
    for (ImageId& id : ids) id = {1 + static_cast<std::int64_t>(random()) % state.range(0)};
    benchmark::DoNotOptimize(filled.library->pictures(ids));
  }
}
BENCHMARK(lookup)->Name("Lookup24")->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

/// A fresh process: open for reading and load all vectors.
void load(benchmark::State& state) {
  Filled filled(state.range(0), false, true);
  filled.library.reset();
  for (auto _ : state) {
    const auto library = Library::open(filled.temp.path() / "library", {.access = Access::kReadOnly}).value();
    benchmark::DoNotOptimize(LoadedIndex::load(*library, *library->active_generation().value(), {.files = false}));
  }
}
BENCHMARK(load)->Name("OpenAndLoad")->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// A library where every picture has a caption: of a word that all have, one that every 10th has, one that every
/// 1000th.
std::unique_ptr<Filled> captioned(std::int64_t pictures) {
  auto filled = std::make_unique<Filled>(pictures, false, false);
  WriteBatch batch;
  for (std::int64_t i = 0; i < pictures; ++i) {
    const auto content = test_facts({}, "", static_cast<std::uint64_t>(i)).content;
    batch.put_caption(content, {{CaptionSource::kFile, "data.csv"},
                                fmt::format("a picture of a thing{} and an animal{}", i % 10, i % 1000)});
  }
  static_cast<void>(filled->library->commit(batch));
  return filled;
}

void search_captions(benchmark::State& state, const char* words) {
  const auto filled = captioned(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(filled->library->search_captions(words, 24, 0));
}
BENCHMARK_CAPTURE(search_captions, every_1000th, "animal7 picture")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_captions, every_10th, "thing7 picture")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_captions, every_one, "picture")->Arg(100'000)->Unit(benchmark::kMillisecond);

void captioned_pictures(benchmark::State& state) {
  const auto filled = captioned(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(filled->library->captioned_pictures());
}
BENCHMARK(captioned_pictures)->Name("CaptionedPictures")->Arg(100'000)->Unit(benchmark::kMillisecond);

/// One group commit: picture rows with vectors, durable at the end.
void commit(benchmark::State& state) {
  const Filled filled(0, false, false);
  const RootId root = filled.library->roots()->front().id;
  const auto vector = unit_vector(kDimension, 1);
  std::uint64_t number = 0;
  for (auto _ : state) {
    WriteBatch batch;
    for (std::int64_t i = 0; i < state.range(0); ++i, ++number) {
      batch.put_picture(test_facts(root, fmt::format("{}.jpg", number), number), filled.generation.id, vector);
    }
    benchmark::DoNotOptimize(filled.library->commit(batch));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit)->Name("Commit")->Arg(1)->Arg(64)->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Scan and comparison of files that did not change.
void rescan(benchmark::State& state) {
  const Filled filled(state.range(0), true, false);
  const Root root = filled.library->roots()->front();
  ScanOptions options;
  options.wanted = [](const std::filesystem::path& name) { return name.extension() == ".jpg"; };
  for (auto _ : state) {
    const auto changes = find_changes(*filled.library, root, options).value();
    if (changes.unchanged != static_cast<std::size_t>(state.range(0))) state.SkipWithError("not all unchanged");
  }
}
BENCHMARK(rescan)->Name("Rescan")->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace glimpse::library
