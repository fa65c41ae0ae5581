#include "train/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "base/file_stream.h"
#include "base/hash.h"

namespace glimpse::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kProgressFile = "progress.json";
constexpr std::size_t kKept = 2;
constexpr std::uint64_t kMaxProgressBytes = 1 << 20;
constexpr int kFormat = 1;

Result<std::string> hash_of(const fs::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, FileReader::open(file));
  Hasher hasher;
  std::vector<std::byte> buffer(1 << 20);
  for (std::uint64_t left = reader.size_bytes(); left > 0;) {
    const auto some = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
    GLIMPSE_RETURN_IF_ERROR(reader.read(some));
    hasher.add(some);
    left -= some.size();
  }
  return hasher.finish().hex();
}

json json_of(const Progress& progress) {
  return {{"format", kFormat},
          {"step", progress.step},
          {"epoch", progress.epoch},
          {"batch", progress.batch},
          {"best", progress.best},
          {"best_step", progress.best_step},
          {"without_gain", progress.without_gain},
          {"finished", progress.finished}};
}

/// Names and hashes of the learner's files, which are brought to the disk.
Result<json> sync_and_list(const fs::path& directory) {
  json files = json::object();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    GLIMPSE_RETURN_IF_ERROR(sync_file(entry.path()));
    GLIMPSE_ASSIGN_OR_RETURN(files[entry.path().filename().string()], hash_of(entry.path()));
  }
  if (error) return Error::io("{}: {}", display(directory), error.message());
  return files;
}

/// Errors: not_found; corruption: what differs.
Result<Progress> read_whole(const fs::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(directory / kProgressFile, kMaxProgressBytes));
  const json state = json::parse(text, nullptr, false);
  const auto damaged = [&](std::string_view what) {
    return Error::corruption("{}: {}; this checkpoint is not used", display(directory / kProgressFile), what);
  };
  if (!state.is_object() || !state.contains("hash") || !state.contains("state")) return damaged("no checkpoint");
  const json& inner = state["state"];
  if (state["hash"] != hash128(inner.dump()).hex()) return damaged("its hash differs");
  for (const auto& [name, expected] : inner["files"].items()) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string found, hash_of(directory / name));
    if (expected != found)
      return damaged(fmt::format("{} was {} when it was written, and is {}", name, expected.dump(), found));
  }
  Progress progress;
  progress.step = inner["step"];
  progress.epoch = inner["epoch"];
  progress.batch = inner["batch"];
  progress.best = inner["best"];
  progress.best_step = inner["best_step"];
  progress.without_gain = inner["without_gain"];
  progress.finished = inner["finished"];
  return progress;
}

}  // namespace

fs::path Checkpoints::path_of(std::int64_t step) const { return directory_ / fmt::format("{:09}", step); }

std::vector<std::int64_t> Checkpoints::steps() const {
  std::vector<std::int64_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    const std::string name = entry.path().filename().string();
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
    if (error == std::errc() && end == name.data() + name.size()) found.push_back(step);
  }
  std::ranges::sort(found);
  return found;
}

fs::path Checkpoints::latest() const {
  const auto found = steps();
  return found.empty() ? fs::path() : path_of(found.back());
}

Result<void> Checkpoints::save(Learner& learner, const Progress& progress) {
  std::error_code error;
  const fs::path fresh = directory_ / ".new";
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (error) return Error::io("{}: {}", display(fresh), error.message());
  GLIMPSE_RETURN_IF_ERROR(learner.save(fresh).with_context(display(fresh)));
  json state = json_of(progress);
  GLIMPSE_ASSIGN_OR_RETURN(state["files"], sync_and_list(fresh));
  const json whole = {{"hash", hash128(state.dump()).hex()}, {"state", state}};
  GLIMPSE_RETURN_IF_ERROR(write_file_atomically(fresh / kProgressFile, whole.dump(1) + "\n"));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(fresh));
  const fs::path target = path_of(progress.step);
  fs::remove_all(target, error);  // of the same step: an older run of it, or its state before the epoch's end
  fs::rename(fresh, target, error);
  if (error) return Error::io("{}: cannot be named {}: {}", display(fresh), display(target), error.message());
  GLIMPSE_RETURN_IF_ERROR(sync_directory(directory_));
  remove_old(progress);
  return {};
}

void Checkpoints::remove_old(const Progress& progress) const {
  const auto found = steps();
  for (std::size_t i = 0; i + kKept < found.size(); ++i) {
    if (found[i] == progress.best_step) continue;
    std::error_code ignored;
    fs::remove_all(path_of(found[i]), ignored);
  }
}

Result<Progress> Checkpoints::load(Learner& learner, std::int64_t step) {
  GLIMPSE_ASSIGN_OR_RETURN(const Progress progress, read_whole(path_of(step)));
  GLIMPSE_RETURN_IF_ERROR(learner.load(path_of(step)).with_context(display(path_of(step))));
  return progress;
}

Result<std::optional<Progress>> Checkpoints::load_latest(Learner& learner, std::vector<std::string>& remarks) {
  const auto found = steps();
  for (auto step = found.rbegin(); step != found.rend(); ++step) {
    auto progress = load(learner, *step);
    if (progress) return std::optional(*progress);
    const ErrorCode code = progress.error().code();
    if (code != ErrorCode::kCorruption && code != ErrorCode::kNotFound) return progress.error();
    remarks.push_back(progress.error().message());
  }
  return std::optional<Progress>();
}

}  // namespace glimpse::train
