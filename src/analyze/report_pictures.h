#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "analyze/analysis.h"
#include "report/picture.h"

namespace glimpse::analyze {

/// The pictures that a report shows. A page is built twice: the first time this only notes which pictures are asked
/// for; load() then reads those, on several threads, and the second time they are there.
class ReportPictures {
 public:
  explicit ReportPictures(const Analysis& analysis);

  /// One that can no longer be read is shown as missing.
  report::Picture picture(std::size_t index, const report::Markup& note = {});
  report::Thumbnail thumbnail(std::size_t index);
  void load(int threads);
  /// The picture's name, printable.
  const std::string& name(std::size_t index) const { return names_[index]; }
  /// A caption of the picture, else its name.
  const std::string& words(std::size_t index) const { return words_[index]; }

 private:
  const Analysis& analysis_;
  std::vector<std::string> names_, words_;
  std::map<std::size_t, report::Thumbnail> thumbnails_;
};

}  // namespace glimpse::analyze
