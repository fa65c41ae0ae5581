#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace glimpse::app {

/// One line of JSON on standard output. Text that is no UTF-8 is written with U+FFFD.
void print_json(const nlohmann::ordered_json& value);

/// The same, in the reader's hands when it returns: one write, not kept back for more.
void print_json_at_once(const nlohmann::ordered_json& value);

}  // namespace glimpse::app
