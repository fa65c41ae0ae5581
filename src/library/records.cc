#include "library/records.h"

namespace glimpse::library {

std::string_view name_of(GenerationState state) {
  switch (state) {
    case GenerationState::kBuilding:
      return "building";
    case GenerationState::kActive:
      return "active";
    case GenerationState::kRetired:
      return "retired";
  }
  return "retired";
}

}  // namespace glimpse::library
