#include "judge/terminal_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "image/thumbnail.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

constexpr int kSide = 400;  // pixels: some twenty lines

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string base64(std::span<const std::byte> bytes) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < count ? std::to_integer<unsigned>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

/// RGB as it is, in pieces of at most 4,096 characters, as the protocol asks.
std::string kitty_picture(const image::Image& picture) {
  constexpr std::size_t kPiece = 4096;
  const std::string data = base64(std::as_bytes(std::span(picture.rgb)));
  std::string text;
  for (std::size_t at = 0; at < data.size(); at += kPiece) {
    const int more = at + kPiece < data.size() ? 1 : 0;
    const std::string head = at == 0 ? fmt::format("a=T,f=24,q=2,s={},v={},m={}", picture.width, picture.height, more)
                                     : fmt::format("m={}", more);
    text += fmt::format("\033_G{};{}\033\\", head, std::string_view(data).substr(at, kPiece));
  }
  return text + "\n";
}

}  // namespace

PictureProtocol picture_protocol() {
  const std::string_view terminal = variable("TERM"), program = variable("TERM_PROGRAM");
  const bool multiplexed = !variable("TMUX").empty() || terminal.starts_with("screen") || terminal.starts_with("tmux");
  if (!stderr_is_terminal() || multiplexed) return PictureProtocol::kNone;
  if (terminal == "xterm-kitty" || terminal == "xterm-ghostty") return PictureProtocol::kKitty;
  const bool inline_pictures =
      program == "iTerm.app" || program == "WezTerm" || program == "mintty" || variable("LC_TERMINAL") == "iTerm2";
  return inline_pictures ? PictureProtocol::kInline : PictureProtocol::kNone;
}

std::string terminal_picture(PictureProtocol protocol, const std::filesystem::path& file) {
  if (protocol == PictureProtocol::kNone) return "";
  const auto bytes = read_file(file, image::DecodeLimits{}.max_bytes);
  const auto jpeg = bytes ? image::thumbnail_jpeg(*bytes, kSide) : Result<std::vector<std::byte>>(bytes.error());
  if (!jpeg) return "";
  if (protocol == PictureProtocol::kInline) {
    return fmt::format("\033]1337;File=inline=1;size={}:{}\a\n", jpeg->size(), base64(*jpeg));
  }
  const auto decoded = image::decode(*jpeg);
  return decoded ? kitty_picture(decoded->image) : "";
}

}  // namespace glimpse::app
