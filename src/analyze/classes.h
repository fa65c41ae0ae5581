#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace glimpse::analyze {

enum class ClassSource { kNone, kFolders, kNames };

struct ClassCount {
  std::string name;
  std::size_t pictures = 0;
};

/// How pictures are shared out among classes.
struct ClassBalance {
  ClassSource source = ClassSource::kNone;
  std::vector<ClassCount> classes;  ///< The largest first; of equal ones by name.
  /// How many classes of equal size would be as hard to guess: e to the entropy. 1 to the number of classes.
  double effective = 0;
};

/// "bike" of "bike_185.bmp", "cat" of "cat12.jpg": the name up to its first separator or digit; empty where there is
/// none before it.
std::string name_prefix(const std::filesystem::path& picture);

/// The class of a picture, by the source of class_balance; empty for kNone.
std::string class_of(const std::filesystem::path& picture, ClassSource source);

/// The folders that pictures lie in, where there are several; else what their names begin with, where that makes
/// classes of two pictures and more on average; else none.
ClassBalance class_balance(std::span<const std::filesystem::path> pictures);

}  // namespace glimpse::analyze
