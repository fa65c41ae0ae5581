#include "bench/processor.h"

#include <fstream>

namespace glimpse::app {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

}  // namespace glimpse::app
