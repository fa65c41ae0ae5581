#include "judge/shown_text.h"

#include <fmt/core.h>

#include "base/utf8.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// Whether a control character begins here, of ASCII or (two bytes in UTF-8) of C1.
std::size_t control_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < ' ' || byte == 0x7F) return 1;
  const bool c1 = byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
  return c1 ? 2 : 0;
}

std::string file_url(std::string_view path) {
  std::string url = "file://";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '-' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       byte == '_' || byte == '~';
    if (plain) {
      url += c;
    } else {
      url += fmt::format("%{:02X}", byte);
    }
  }
  return url;
}

}  // namespace

std::string shown_text(std::string_view given) {
  const std::string text = valid_utf8(given);
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t control = control_at(text, at);
    shown += control > 0 ? ' ' : text[at];
    at += std::max<std::size_t>(control, 1);
  }
  return shown;
}

std::string shown_path(const std::filesystem::path& path) {
  const std::string text = shown_text(path.native());
  if (!stderr_is_terminal()) return text;
  return fmt::format("\033]8;;{}\033\\{}\033]8;;\033\\", file_url(path.native()), text);
}

}  // namespace glimpse::app
