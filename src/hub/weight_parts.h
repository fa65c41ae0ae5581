#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glimpse::hub {

/// Whether a file's name says that it is the index of weights in several parts: "model.safetensors.index.json".
bool is_index_of_parts(std::string_view name);

/// The parts of that index among `names`: "model-00001-of-00002.safetensors" and so on, in order. Empty unless all of
/// them are there.
std::vector<std::string> parts_beside_index(std::string_view index, std::span<const std::string> names);

}  // namespace glimpse::hub
