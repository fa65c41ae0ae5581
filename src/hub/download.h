#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "hub/model_name.h"
#include "hub/settings.h"

namespace glimpse::hub {

/// How far a download is: bytes of all files that are there, of all, and the file that is coming in.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total, const std::string& file)>;

struct DownloadOptions {
  const Settings& settings;
  const CancelToken& cancel;
  Progress progress = {};
  /// Asked when all but the weights is there; its error ends the download, before gigabytes come for nothing.
  std::function<Result<void>(const std::filesystem::path& directory)> before_weights = {};
};

/// Downloads what a model needs into `directory`, which is made. Each file appears under its name only when it is
/// whole, its hash verified, and on disk. What an earlier call left there is used: whole files, and the beginnings of
/// others
/// ("<name>.<hash>.part"), which are gone on with. At the end a manifest lists everything (manifest.h).
/// Errors: unavailable (offline, no endpoint, the network); resource_exhausted (the disk, before anything is fetched
/// when it can be told, with what is needed and free); corruption (a hash that is wrong twice); HttpClient's; io;
/// cancelled; before_weights'.
Result<void> download(const ModelName& model, const std::filesystem::path& directory, const DownloadOptions& options);

}  // namespace glimpse::hub
