#include "hub/repository.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "base/utf8.h"
#include "hub/weight_parts.h"

namespace glimpse::hub {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxAnswerBytes = 8'000'000;
constexpr std::size_t kMaxFiles = 2'000;
constexpr std::array<std::string_view, 16> kSmallFiles = {"config.json",
                                                          "open_clip_config.json",
                                                          "preprocessor_config.json",
                                                          "tokenizer.json",
                                                          "vocab.json",
                                                          "merges.txt",
                                                          "vocab.txt",
                                                          "spiece.model",
                                                          "tokenizer.model",
                                                          "tokenizer_config.json",
                                                          "special_tokens_map.json",
                                                          "added_tokens.json",
                                                          "generation_config.json",
                                                          "processor_config.json",
                                                          "sentence_bert_config.json",
                                                          "bpe_simple_vocab_16e6.txt.gz"};
constexpr std::array<std::string_view, 7> kWeights = {
    "open_clip_model.safetensors", "model.safetensors", "model.safetensors.index.json",
    "open_clip_pytorch_model.bin", "pytorch_model.bin", "pytorch_model.bin.index.json",
    "open_clip_pytorch_model.pt"};

bool is_safe(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.front() != '/' && name.find("..") == std::string_view::npos &&
         name.find('\\') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t size_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

Result<RemoteFile> file_of(const json& row) {
  if (!row.is_object()) return Error::corruption("a file that is no object");
  RemoteFile file{.name = text_at(row, "rfilename"), .size_bytes = size_at(row, "size")};
  if (!is_safe(file.name)) return Error::corruption("a file named '{}', which is not allowed", valid_utf8(file.name));
  if (const auto lfs = row.find("lfs"); lfs != row.end() && lfs->is_object()) {
    file.sha256 = text_at(*lfs, "sha256");
    if (file.sha256.empty()) file.sha256 = text_at(*lfs, "oid");
    if (const auto size = size_at(*lfs, "size"); size > 0) file.size_bytes = size;
  } else {
    file.git_blob = text_at(row, "blobId");
  }
  return file;
}

bool has_hash(const RemoteFile& file) { return is_hex(file.sha256, 64) || is_hex(file.git_blob, 40); }

const RemoteFile* find(const Repository& repository, std::string_view name) {
  const auto at = std::ranges::find(repository.files, name, &RemoteFile::name);
  return at == repository.files.end() ? nullptr : &*at;
}

/// The files that a choice of weights stands for: itself, and behind an index its parts.
Result<std::vector<RemoteFile>> weights_of(const Repository& repository, std::string_view choice) {
  std::vector<RemoteFile> files = {*find(repository, choice)};
  files.back().weights = true;
  if (!is_index_of_parts(choice)) return files;
  std::vector<std::string> names;
  for (const RemoteFile& file : repository.files) names.push_back(file.name);
  const auto parts = parts_beside_index(choice, names);
  if (parts.empty()) {
    return Error::unsupported("'{}' has {}, but not all the parts that it stands for", repository.name, choice);
  }
  for (const std::string& part : parts) {
    files.push_back(*find(repository, part));
    files.back().weights = true;
  }
  return files;
}

}  // namespace

Result<Repository> parse_repository(std::string_view text, const std::string& name) {
  const json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return Error::corruption("the hub's answer about '{}' is no JSON object", name);
  Repository repository{.name = name, .commit = text_at(answer, "sha")};
  if (!is_hex(repository.commit, 40)) return Error::corruption("the hub's answer about '{}' has no commit", name);
  const auto rows = answer.find("siblings");
  if (rows == answer.end() || !rows->is_array()) {
    return Error::corruption("the hub's answer about '{}' has no list of files", name);
  }
  if (rows->size() > kMaxFiles) return Error::resource_exhausted("'{}' has over {} files", name, kMaxFiles);
  for (const json& row : *rows) {
    GLIMPSE_ASSIGN_OR_RETURN(auto file, file_of(row).with_context(fmt::format("the hub's answer about '{}'", name)));
    repository.files.push_back(std::move(file));
  }
  return repository;
}

Result<Repository> list_repository(const HttpClient& client, const std::string& endpoint, const ModelName& model) {
  const std::string url =
      fmt::format("{}/api/models/{}/revision/{}?blobs=true", endpoint, model.repository, model.revision);
  GLIMPSE_ASSIGN_OR_RETURN(const std::string answer, client.get_text(url, kMaxAnswerBytes));
  return parse_repository(answer, model.repository);
}

Result<std::vector<RemoteFile>> needed_files(const Repository& repository) {
  std::vector<RemoteFile> files;
  for (const std::string_view name : kSmallFiles) {
    if (const RemoteFile* file = find(repository, name)) files.push_back(*file);
  }
  if (find(repository, "config.json") == nullptr && find(repository, "open_clip_config.json") == nullptr) {
    return Error::unsupported("'{}' has neither config.json nor open_clip_config.json: is it a CLIP?", repository.name);
  }
  const auto weights =
      std::ranges::find_if(kWeights, [&](std::string_view name) { return find(repository, name) != nullptr; });
  if (weights == kWeights.end()) {
    return Error::unsupported("'{}' has no weights that can be read: expected model.safetensors or pytorch_model.bin",
                              repository.name);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto of_weights, weights_of(repository, *weights));
  std::ranges::move(of_weights, std::back_inserter(files));
  for (const RemoteFile& file : files) {
    if (!has_hash(file)) return Error::corruption("'{}': the hub gives no hash for {}", repository.name, file.name);
  }
  return files;
}

}  // namespace glimpse::hub
