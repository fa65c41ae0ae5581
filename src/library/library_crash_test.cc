// Kill-and-reopen, random operations against a model, and damaged files.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "base/file.h"
#include "base/temp_directory.h"
#include "library/index_loader.h"
#include "library/judgments.h"
#include "library/library.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDimension = 32;
constexpr std::uint64_t kBatch = 5;

std::string batch_name(std::uint64_t batch, std::uint64_t i) { return fmt::format("{}-{}.jpg", batch, i); }

/// The child: commits batches from `first` on until it is killed, writing the number of each to `pipe` once
/// acknowledged.
[[noreturn]] void write_until_killed(const fs::path& directory, RootId root, GenerationId generation,
                                     std::uint64_t first, int pipe) {
  auto library = Library::open(directory);
  if (!library) std::_Exit(1);
  for (std::uint64_t batch_number = first;; ++batch_number) {
    WriteBatch batch;
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      const std::uint64_t seed = batch_number * kBatch + i;
      batch.put_picture(test_facts(root, batch_name(batch_number, i), seed), generation, unit_vector(kDimension, seed));
      batch.put_caption(test_facts(root, "", seed).content, {{CaptionSource::kFile, "data.csv"}, "a dog"});
    }
    if (!(*library)->commit(batch)) std::_Exit(2);
    if (::write(pipe, &batch_number, sizeof(batch_number)) != sizeof(batch_number)) std::_Exit(3);
  }
}

/// Runs the child for `delay`, kills it, and returns one past the last batch it acknowledged.
std::uint64_t run_and_kill(const fs::path& directory, RootId root, GenerationId generation, std::uint64_t first,
                           std::chrono::microseconds delay) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) write_until_killed(directory, root, generation, first, ends[1]);
  ::close(ends[1]);
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
  std::uint64_t next = first, batch = 0;
  while (::read(ends[0], &batch, sizeof(batch)) == sizeof(batch)) next = batch + 1;
  ::close(ends[0]);
  return next;
}

TEST(LibraryCrash, KilledWriterLosesNothingAcknowledgedAndLeavesNoHalfBatch) {
  constexpr int kKills = 20;
  constexpr std::uint64_t kSeed = 20261124;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  std::mt19937_64 random(kSeed);
  TempDirectory temp;
  const fs::path directory = temp.path() / "library";
  auto library = Library::open(directory, {.create = true}).value();
  const RootId root = library->add_root(temp.path())->root;
  const GenerationId generation = library->open_generation(test_model(kDimension))->id;
  library.reset();

  std::uint64_t next = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    next = run_and_kill(directory, root, generation, next, std::chrono::microseconds(2000 + random() % 80'000));
    library = Library::open(directory).value();
    const auto status = library->status().value();
    const auto stored = static_cast<std::uint64_t>(status.pictures);
    ASSERT_EQ(stored % kBatch, 0u) << "half a batch";
    // The batch in flight may have been committed without having been acknowledged.
    ASSERT_TRUE(stored / kBatch == next || stored / kBatch == next + 1)
        << stored << " stored, " << next << " acknowledged";
    ASSERT_EQ(status.vectors, status.pictures);
    ASSERT_EQ(library->captioned_pictures().value(), status.pictures);
    ASSERT_EQ(library->search_captions("dog", 1, 0)->total, status.pictures);
    for (std::uint64_t batch = 0; batch < stored / kBatch; ++batch) {
      ASSERT_TRUE(library->find(root, batch_name(batch, 0)).value()) << "batch " << batch;
    }
    ASSERT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
    next = stored / kBatch;
    library.reset();
  }
  EXPECT_GT(next, 0u) << "no child got as far as one commit: this run tested nothing";
}

/// What the library should hold: name to seed, of pictures and of failures.
struct Model {
  std::map<std::string, std::uint64_t> pictures, failures;
};

void change_at_random(std::mt19937_64& random, Library& library, RootId root, GenerationId generation, Model& model,
                      WriteBatch& batch) {
  const std::string name = fmt::format("{}.jpg", random() % 60);
  const std::uint64_t seed = random();
  const auto known = library.find(root, name).value();
  // Changes that name a row by id are made only against committed state.
  switch (random() % 5) {
    case 0:
      batch.put_failure({root, name, {seed % 1000, 1}, "damaged", "x"});
      model.failures[name] = seed % 1000;
      model.pictures.erase(name);
      break;
    case 1:
      if (!known || !batch.empty()) break;
      batch.erase_picture(known->id);
      model.pictures.erase(name);
      break;
    case 2: {
      const std::string target = fmt::format("{}.jpg", random() % 60);
      if (!known || !batch.empty() || target == name) break;
      batch.move_picture(known->id, root, target, known->stamp);
      model.pictures[target] = model.pictures[name];
      model.pictures.erase(name);
      model.failures.erase(target);
      break;
    }
    default:
      batch.put_picture(test_facts(root, name, seed % 100'000), generation, unit_vector(kDimension, seed % 100'000));
      model.pictures[name] = seed % 100'000;
      model.failures.erase(name);
  }
}

void expect_equal(const Library& library, RootId root, const Generation& generation, const Model& model) {
  const auto status = library.status().value();
  ASSERT_EQ(status.pictures, static_cast<std::int64_t>(model.pictures.size()));
  ASSERT_EQ(status.failures, static_cast<std::int64_t>(model.failures.size()));
  ASSERT_EQ(status.vectors, status.pictures);
  const auto loaded = LoadedIndex::load(library, generation).value();
  ASSERT_TRUE(loaded->damaged().empty());
  for (const auto& [name, seed] : model.pictures) {
    const auto picture = library.find(root, name).value();
    ASSERT_TRUE(picture) << name;
    ASSERT_EQ(picture->content.low, seed);
    const auto nearest = loaded->index()->nearest(unit_vector(kDimension, seed), 1).value();
    ASSERT_NEAR(nearest[0].score, 1.0f, 2e-3f) << name;
  }
  const auto failures = library.failures().value();
  for (const auto& failure : failures) {
    ASSERT_EQ(failure.stamp.size_bytes, model.failures.at(failure.name.native()));
  }
}

TEST(LibraryModel, RandomOperationsAgreeWithAMapAcrossReopening) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    TempDirectory temp;
    const fs::path directory = temp.path() / "library";
    auto library = Library::open(directory, {.create = true}).value();
    const RootId root = library->add_root(temp.path())->root;
    const Generation generation = library->open_generation(test_model(kDimension)).value();
    Model model;
    for (int step = 0; step < 150; ++step) {
      Model next = model;
      WriteBatch batch;
      for (std::uint64_t i = 0, n = 1 + random() % 6; i < n; ++i) {
        change_at_random(random, *library, root, generation.id, next, batch);
      }
      if (random() % 10 == 0) {  // a change that fails takes the others with it
        batch.put_picture(test_facts(root, "bad.jpg", 1), generation.id, std::vector<float>(kDimension, 9.0f));
        ASSERT_FALSE(library->commit(batch));
      } else {
        ASSERT_TRUE(library->commit(batch));
        model = std::move(next);
      }
      if (random() % 20 == 0) {
        library.reset();
        library = Library::open(directory).value();
      }
      if (step % 10 == 0) expect_equal(*library, root, generation, model);
      if (testing::Test::HasFatalFailure()) return;
    }
    expect_equal(*library, root, generation, model);
    ASSERT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
  }
}

/// A small library's file, and what is in it, as text.
struct Sample {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  fs::path file = directory / "library.sqlite";
  std::vector<std::byte> bytes;
  std::string content;

  Sample() {
    auto library = Library::open(directory, {.create = true}).value();
    const RootId root = library->add_root(temp.path())->root;
    const auto generation = library->open_generation(test_model(kDimension)).value();
    WriteBatch batch;
    for (std::uint64_t i = 0; i < 150; ++i) {
      batch.put_picture(test_facts(root, fmt::format("{}.jpg", i), i), generation.id, unit_vector(kDimension, i));
    }
    for (std::uint64_t i = 0; i < 150; i += 2) {
      batch.put_caption(test_facts(root, "", i).content,
                        {{CaptionSource::kFile, "data.csv"}, fmt::format("dog number {} of {}", i, i % 7)});
    }
    EXPECT_TRUE(library->commit(batch));
    std::vector<JudgmentFacts> judged;
    for (std::uint64_t i = 0; i < 150; i += 3) {
      judged.push_back({{"dog", test_facts(root, "", i).content, ""}, static_cast<int>(i % 4), 1, "test/model", "f1"});
    }
    EXPECT_TRUE(Judgments(*library).put(judged));
    content = everything_in(*library).value();
    library.reset();
    bytes = read_file(file, 1 << 24).value();
  }

  /// All that searches and the page rest on; an error when any of it cannot be read.
  static Result<std::string> everything_in(const Library& library) {
    std::string text;
    GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
    for (const Root& root : roots) text += display(root.path) + "\n";
    GLIMPSE_ASSIGN_OR_RETURN(const auto generations, library.generations());
    for (const Generation& g : generations) {
      text += fmt::format("{} {} {} {}\n", g.model, g.fingerprint, g.dimension, static_cast<int>(g.state));
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library.newest(-1, 0));
    for (const Picture& p : pictures) {
      text += fmt::format("{} {} {} {} {} {} {}\n", p.id.value, display(p.path), p.stamp.size_bytes, p.stamp.mtime_ns,
                          p.content.hex(), p.width, p.height);
    }
    for (const Picture& p : pictures) {
      GLIMPSE_ASSIGN_OR_RETURN(const auto captions, library.captions_of(std::span(&p.id, 1)));
      text += captions.front() + "\n";
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto hits, library.search_captions("dog of 3", 100, 0));
    for (const CaptionHit& hit : hits.hits) text += fmt::format("{} {}\n", hit.picture.value, hit.text);
    GLIMPSE_ASSIGN_OR_RETURN(const auto judged, Judgments(library).list({}));
    for (const Judgment& one : judged.judgments) {
      text += fmt::format("{} {} {}\n", one.query, one.content.hex(), one.grade);
    }
    for (const Generation& g : generations) {
      GLIMPSE_RETURN_IF_ERROR(library.for_each_vector(g.id, 0, [&](const Library::StoredVector& v) {
        text += fmt::format("{} {}\n", v.picture.value, hash128(std::as_bytes(v.halves)).hex());
      }));
    }
    return text;
  }

  /// Opens the damaged file; true when the damage was noticed, by an error or by the check, or did no harm.
  bool noticed_or_harmless(std::span<const std::byte> damaged) {
    std::error_code ignored;
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(file.native() + suffix, ignored);
    EXPECT_TRUE(write_file_atomically(file, damaged));
    auto library = Library::open(directory);
    if (!library) return true;
    const auto found = everything_in(**library);
    const auto report = (*library)->check(Library::CheckDepth::kFull);
    return !found || *found == content || !report || !report->ok();
  }
};

TEST(LibraryDamage, TruncatedFileIsNoticed) {
  Sample sample;
  for (const std::size_t left :
       {std::size_t{0}, std::size_t{1}, std::size_t{99}, std::size_t{100}, std::size_t{8191}, std::size_t{8192},
        sample.bytes.size() / 2, sample.bytes.size() - 8192, sample.bytes.size() - 1}) {
    EXPECT_TRUE(sample.noticed_or_harmless(std::span(sample.bytes).first(left))) << left << " bytes left";
  }
  ASSERT_TRUE(write_file_atomically(sample.file, std::span<const std::byte>()));
  const auto empty = Library::open(sample.directory, {.create = true});
  ASSERT_FALSE(empty) << "an emptied library must not become a new one";
  EXPECT_EQ(empty.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(empty.error().message().find("library.sqlite"), std::string::npos);
  EXPECT_NE(empty.error().message().find("backup"), std::string::npos);
}

TEST(LibraryDamage, FlippedBytesAreNoticedOrHarmless) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  std::mt19937_64 random(kSeed);
  Sample sample;
  for (int i = 0; i < 400; ++i) {
    auto damaged = sample.bytes;
    // Every fourth hits the header and the schema, where there is most to break.
    const std::size_t at = random() % (i % 4 == 0 ? 8192 : damaged.size());
    damaged[at] ^= static_cast<std::byte>(1u << (random() % 8));
    ASSERT_TRUE(sample.noticed_or_harmless(damaged)) << "byte " << at << " of " << damaged.size();
  }
}

TEST(LibraryDamage, ZeroedTailAndGarbageAreNoticed) {
  Sample sample;
  std::mt19937_64 random(3);
  for (std::size_t tail = 4096; tail < sample.bytes.size(); tail *= 2) {
    auto damaged = sample.bytes;
    std::fill(damaged.end() - static_cast<std::ptrdiff_t>(tail), damaged.end(), std::byte{0});
    EXPECT_TRUE(sample.noticed_or_harmless(damaged)) << "last " << tail << " bytes zero";
  }
  std::vector<std::byte> garbage(50'000);
  for (auto& byte : garbage) byte = static_cast<std::byte>(random());
  EXPECT_TRUE(sample.noticed_or_harmless(garbage));
}

}  // namespace
}  // namespace glimpse::library
