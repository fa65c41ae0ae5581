#include "json_text.h"

#include <fmt/core.h>

namespace glimpse::app {

void print_json(const nlohmann::ordered_json& value) {
  fmt::print("{}\n", value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace glimpse::app
