#include "report/data_uri.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace glimpse::report {
namespace {

std::string base64(const unsigned char* bytes, std::size_t count) {
  std::string text((count + 2) / 3 * 4 + 1, '\0');  // the codec writes a 0 behind its text
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(count));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::string data_uri(Literal media_type, std::span<const std::byte> bytes) {
  std::string uri = "data:";
  uri += media_type.view();
  uri += ";base64,";
  return uri + base64(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string csp_hash(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return "sha256-" + base64(digest.data(), digest.size());
}

}  // namespace glimpse::report
