#pragma once

#include <string>

namespace glimpse::runtime {

/// The processor's features and the tensor runtime's build: what compiled code, and how exact it is, depends on.
std::string machine_and_runtime();

}  // namespace glimpse::runtime
