#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glimpse::heads {

/// Short queries out of a caption: "a boy in a white shirt sits" also says "white shirt". People type two words where
/// captions have twelve. Each attribute (colour, number, size) directly before a noun is a phrase. Sorted, each once.
/// English; other languages give none.
std::vector<std::string> phrases_of(std::string_view caption);

}  // namespace glimpse::heads
