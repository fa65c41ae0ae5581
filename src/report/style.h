#pragma once

#include "report/markup.h"

namespace glimpse::report {

/// Colours of series: classes s0 … s7, told apart in both themes, for people with any colour vision as far as hue and
/// lightness allow; series are told apart by shape or dash as well.
inline constexpr int kSeriesColours = 8;

/// The page's style sheet, in the order: colours, page, blocks, pictures, plots, paper.
extern const Literal kStyle;

}  // namespace glimpse::report
