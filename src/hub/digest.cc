#include "hub/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "base/file.h"

namespace glimpse::hub {
namespace {

Result<std::string> digest(const std::filesystem::path& path, const EVP_MD* kind, const std::string& prefix) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (file == nullptr) return Error::io("{}: cannot be opened", display(path));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> state(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool good = state != nullptr && EVP_DigestInit_ex(state.get(), kind, nullptr) == 1 &&
              EVP_DigestUpdate(state.get(), prefix.data(), prefix.size()) == 1;
  std::vector<char> buffer(1 << 18);
  for (std::size_t size = 0; good && (size = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    good = EVP_DigestUpdate(state.get(), buffer.data(), size) == 1;
  }
  if (std::ferror(file.get()) != 0) return Error::io("{}: reading failed", display(path));
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!good || EVP_DigestFinal_ex(state.get(), raw, &size) != 1) return Error::internal("the hash function failed");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", raw[i]);
  return text;
}

}  // namespace

Result<std::string> sha256_of(const std::filesystem::path& file) { return digest(file, EVP_sha256(), ""); }

Result<std::string> git_blob_of(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const FileStamp stamp, stamp_of(file));
  return digest(file, EVP_sha1(), fmt::format("blob {}", stamp.size_bytes) + '\0');
}

}  // namespace glimpse::hub
