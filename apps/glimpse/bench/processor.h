#pragma once

#include <string>

namespace glimpse::app {

/// What the processor calls itself, as "AMD EPYC"; "unknown processor" where the system does not say.
std::string processor_name();

}  // namespace glimpse::app
