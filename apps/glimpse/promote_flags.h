#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace glimpse::app {

struct PromoteFlags {
  std::filesystem::path source;    ///< Captioned pictures; empty with `resume`.
  std::filesystem::path pictures;  ///< Where they lie; empty: beside the table.
  std::filesystem::path guard;     ///< Captioned pictures of a general kind; may be empty.
  double guard_tolerance = 0.01;   ///< How much nDCG@10 may fall on them.
  std::string name;                ///< Of the new model; empty: the old one's with the run's id.
  std::string run;                 ///< With `resume`: which; empty: the newest that is not done.
  bool resume = false;
  bool keep_model = false;            ///< Decide, but do not switch.
  std::vector<std::string> settings;  ///< Arguments for `glimpse train`.
};

struct RunsFlags {
  std::vector<std::string> runs;  ///< Ids: one to show, several to compare; none: list all.
};

}  // namespace glimpse::app
