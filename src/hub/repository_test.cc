#include "hub/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/temp_directory.h"
#include "hub/cache.h"
#include "hub/digest.h"
#include "hub/manifest.h"

namespace glimpse::hub {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kCommit(40, 'a');
const std::string kBlob(40, 'b');
const std::string kSha(64, 'c');

std::string row(const std::string& name) {
  return fmt::format(R"({{"rfilename": "{}", "size": 5, "blobId": "{}"}})", name, kBlob);
}

std::string answer(const std::string& rows) {
  return fmt::format(R"({{"sha": "{}", "siblings": [{}]}})", kCommit, rows);
}

std::string failure(const std::string& json) {
  const auto repository = parse_repository(json, "a/b");
  if (!repository) return repository.error().message();
  const auto files = needed_files(*repository);
  return files ? "accepted" : files.error().message();
}

TEST(Repository, FilesAndHashesAreRead) {
  const std::string large = fmt::format(
      R"({{"rfilename": "model.safetensors", "size": 9, "blobId": "{}", "lfs": {{"sha256": "{}", "size": 9}}}})", kBlob,
      kSha);
  const auto repository = parse_repository(answer(row("config.json") + "," + large + "," + row("README.md")), "a/b");
  ASSERT_TRUE(repository) << repository.error().message();
  EXPECT_EQ(repository->commit, kCommit);
  const auto files = needed_files(*repository);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].git_blob, kBlob);
  EXPECT_EQ((*files)[1].sha256, kSha);
  EXPECT_EQ((*files)[1].size_bytes, 9u);
  EXPECT_FALSE((*files)[0].weights);
  EXPECT_TRUE((*files)[1].weights);
}

TEST(Repository, SafetensorsGoBeforeTorchFiles) {
  const auto repository = parse_repository(
      answer(row("config.json") + "," + row("pytorch_model.bin") + "," + row("model.safetensors")), "a/b");
  ASSERT_TRUE(repository);
  EXPECT_EQ(needed_files(*repository)->back().name, "model.safetensors");
}

TEST(Repository, WeightsInPartsComeWithTheirIndex) {
  std::string files = row("config.json") + "," + row("pytorch_model.bin");
  for (const char* name : {"model-00002-of-00002.safetensors", "model-00001-of-00002.safetensors",
                           "model-00001-of-00002.bin", "model.safetensors.index.json"}) {
    files += "," + row(name);
  }
  const auto repository = parse_repository(answer(files), "a/b");
  ASSERT_TRUE(repository);
  const auto needed = needed_files(*repository);
  ASSERT_TRUE(needed) << needed.error().message();
  std::vector<std::string> names;
  for (const auto& file : *needed) names.push_back(file.name);
  EXPECT_THAT(names, ElementsAre("config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors",
                                 "model-00002-of-00002.safetensors"));
}

TEST(Repository, HostileAndOddAnswersAreRefused) {
  for (const char* name : {"../evil", "/etc/passwd", "a/../../b", "a\\\\b", ""}) {
    EXPECT_THAT(failure(answer(row(name))), HasSubstr("not allowed")) << name;
  }
  EXPECT_THAT(failure("<html>"), HasSubstr("no JSON object"));
  EXPECT_THAT(failure("{}"), HasSubstr("no commit"));
  EXPECT_THAT(failure(fmt::format(R"({{"sha": "{}"}})", kCommit)), HasSubstr("no list"));
  EXPECT_THAT(failure(answer("3")), HasSubstr("no object"));
  EXPECT_THAT(failure(answer(row("model.safetensors"))), HasSubstr("neither config.json"));
  EXPECT_THAT(failure(answer(row("config.json"))), HasSubstr("no weights"));
  for (const char* part :
       {"README.md", "model-00001-of-00002.safetensors", "model-00001-of-00000.safetensors",
        "model-00001-of-99999999999.safetensors", "model--of-.safetensors", "model-of-safetensors"}) {
    EXPECT_THAT(failure(answer(row("config.json") + "," + row("model.safetensors.index.json") + "," + row(part))),
                HasSubstr("not all the parts"))
        << part;
  }
  EXPECT_THAT(failure(answer(row("config.json") + R"(, {"rfilename": "model.safetensors", "size": 1})")),
              HasSubstr("no hash"));
}

TEST(Digest, AreGitsAndTheHubs) {
  const TempDirectory temp;
  std::ofstream(temp.path() / "f") << "hello\n";
  EXPECT_EQ(*git_blob_of(temp.path() / "f"), "ce013625030ba8dba906f756967f9e9ca394464a");  // git hash-object
  EXPECT_EQ(*sha256_of(temp.path() / "f"), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_FALSE(sha256_of(temp.path() / "absent"));
}

TEST(Manifest, NamesWhatIsMissingOrDiffers) {
  const TempDirectory temp;
  for (const char* name : {"a", "b", "c"}) std::ofstream(temp.path() / name) << name;
  Manifest manifest{.repository = "o/n", .commit = kCommit, .files = {}};
  for (const char* name : {"a", "b", "c"}) manifest.files.push_back({name, 1, *sha256_of(temp.path() / name)});
  ASSERT_TRUE(write_manifest(manifest, temp.path()));
  const auto read = read_manifest(temp.path());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->repository, "o/n");
  EXPECT_TRUE(verify(*read, temp.path()));
  std::ofstream(temp.path() / "b") << "x";
  fs::remove(temp.path() / "c");
  const auto verdict = verify(*read, temp.path());
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(verdict.error().message(), AllOf(HasSubstr("b: expected SHA-256"), HasSubstr("c: missing")));
  std::ofstream(temp.path() / kManifestFile) << R"({"format": 1})";
  EXPECT_EQ(read_manifest(temp.path()).error().code(), ErrorCode::kCorruption);
}

TEST(Cache, WeightsInPartsCountWhenAllAreThere) {
  const TempDirectory temp;
  const fs::path snapshot = temp.path() / "models--o--n/snapshots" / kCommit;
  fs::create_directories(snapshot);
  for (const char* file : {"config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"}) {
    std::ofstream(snapshot / file) << "x";
  }
  EXPECT_FALSE(find_in_cache(temp.path(), {"o/n", kCommit}));
  std::ofstream(snapshot / "model-00002-of-00002.safetensors") << "x";
  EXPECT_EQ(find_in_cache(temp.path(), {"o/n", kCommit}), snapshot);
}

TEST(Cache, FindsTheSnapshotThatABranchPointsTo) {
  const TempDirectory temp;
  const fs::path model = temp.path() / "models--o--n", snapshot = model / "snapshots" / kCommit;
  fs::create_directories(snapshot);
  fs::create_directories(model / "refs");
  std::ofstream(model / "refs/main") << kCommit << "\n";
  EXPECT_FALSE(find_in_cache(temp.path(), {"o/n"}));  // nothing in it yet
  std::ofstream(snapshot / "config.json") << "{}";
  std::ofstream(snapshot / "model.safetensors") << "x";
  EXPECT_EQ(find_in_cache(temp.path(), {"o/n"}), snapshot);
  EXPECT_EQ(find_in_cache(temp.path(), {"o/n", kCommit}), snapshot);
  EXPECT_FALSE(find_in_cache(temp.path(), {"o/n", "other"}));
  EXPECT_FALSE(find_in_cache(temp.path(), {"o/m"}));
  std::ofstream(model / "refs/main") << "../../../etc";
  EXPECT_FALSE(find_in_cache(temp.path(), {"o/n"}));
}

}  // namespace
}  // namespace glimpse::hub
