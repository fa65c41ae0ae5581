#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/http_client.h"
#include "hub/model_name.h"

namespace glimpse::hub {

/// A file of a repository, as the hub's API describes it.
struct RemoteFile {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string sha256 = {};    ///< Of large files.
  std::string git_blob = {};  ///< Of the others.
  bool weights = false;       ///< Set by needed_files: large, and of no use without the others.
};

/// A repository at one commit.
struct Repository {
  std::string name;
  std::string commit;
  std::vector<RemoteFile> files = {};
};

/// Reads the answer to GET {endpoint}/api/models/{name}/revision/{revision}?blobs=true.
/// Errors: corruption (another shape, a file without a hash, names that would leave the directory); resource_exhausted
/// (over 2,000 files).
Result<Repository> parse_repository(std::string_view json, const std::string& name);

/// Errors: HttpClient's and parse_repository's.
Result<Repository> list_repository(const HttpClient& client, const std::string& endpoint, const ModelName& model);

/// What of it a model needs, in this order: configurations, the tokenizer's files, and one file of weights, safetensors
/// before torch's, or the index and all parts of one. Errors: unsupported (no configuration, no weights, parts
/// missing).
Result<std::vector<RemoteFile>> needed_files(const Repository& repository);

}  // namespace glimpse::hub
