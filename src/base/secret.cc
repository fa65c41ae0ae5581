#include "base/secret.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/file.h"

namespace glimpse {
namespace {

constexpr std::uint64_t kMaxSecretBytes = 64 * 1024;

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<std::string> read_secret(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(file, kMaxSecretBytes));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return Error::invalid_argument("{}: expected a secret, found an empty file", display(file));
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    return Error::invalid_argument("{}: expected a secret of one line, found more", display(file));
  }
  return text;
}

Result<std::string> secret_from_environment(const std::string& name) {
  std::string value = variable(name);
  const std::string file = variable(name + "_FILE");
  if (file.empty()) return value;
  if (!value.empty()) return Error::invalid_argument("{0} and {0}_FILE are both set: unset one of them", name);
  return read_secret(file).with_context(name + "_FILE");
}

}  // namespace glimpse
