#pragma once

#include <optional>
#include <string>

#include "report/document.h"
#include "train/page.h"

// Internal to this room: the parts of a run's page.
namespace glimpse::train {

/// Whether what learns are new heads on frozen towers: a curve each, measured only in the end.
bool fits_heads(const Course& course);
/// The measuring that the weights are taken of, so far; none before the end of an epoch.
std::optional<ValidationPoint> chosen(const Course& course);
/// Where the smoothed line ends, or the last head's. NaN without an update.
double recent_loss(const Course& course);

report::Section curves_section(const Course& course);
/// One line a head; for fits_heads alone.
report::Section heads_section(const Course& course);
/// Before and after. `course.report` must be there.
report::Section results_section(const Course& course);
report::Section blend_section(const BlendChoice& blend);
report::Section data_section(const Course& course);
report::Section settings_section(const Course& course);

std::string count_text(std::size_t count);  ///< "1,803"
std::string score_text(double score);       ///< "0.412"
std::string duration_text(double seconds);  ///< "1 h 3 min", "3 min 12 s", "4.2 s"

}  // namespace glimpse::train
