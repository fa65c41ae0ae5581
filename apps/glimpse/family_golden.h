#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

/// How near this build on this processor comes to a reference implementation: a tiny model in a published layout, and
/// what the reference made of it.
struct FamilyGolden {
  std::string layout;  ///< "tiny-open-clip"
  std::optional<double> pictures = {},
                        words = {};  ///< The worst cosine to the reference's vectors; none: it has no towers.
  int captions = 0;                  ///< Captions whose ids are all the reference's.
};

/// A cosine below this is a failure, whatever the family.
inline constexpr double kGoldenCosine = 0.99999;

/// Runs every golden of a family, in f32. `directory`: where they were installed, goldens_directory(). Empty when the
/// family has none there. Errors: internal, naming layout, expected and found, when the reference is missed: then
/// neither the model nor its files are to blame, but this build on this processor; corruption; the model's.
Result<std::vector<FamilyGolden>> run_family_goldens(std::string_view family, const std::filesystem::path& directory);

}  // namespace glimpse::app
