#pragma once

#include <filesystem>
#include <string>

namespace glimpse::app {

/// How a terminal is handed a picture.
enum class PictureProtocol {
  kNone,
  kInline,  ///< iTerm2's (OSC 1337): iTerm2, WezTerm, mintty. Source: https://iterm2.com/documentation-images.html.
  kKitty,   ///< kitty's: kitty, Ghostty. Source: https://sw.kovidgoyal.net/kitty/graphics-protocol.
};

/// What the terminal at standard error says it understands in its environment; none where it is no terminal, or a
/// multiplexer stands between.
PictureProtocol picture_protocol();

/// What to print so that the picture shows, small, with a line's end. Empty when the file cannot be read, or for kNone.
std::string terminal_picture(PictureProtocol protocol, const std::filesystem::path& file);

}  // namespace glimpse::app
