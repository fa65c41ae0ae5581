#pragma once

#include <string>
#include <vector>

#include "analyze/analysis.h"
#include "analyze/report_pictures.h"
#include "report/document.h"

// The sections of document_of. Each is empty of blocks where the analysis has nothing for it.
namespace glimpse::analyze {

/// "1,803".
std::string counted(std::size_t count);
/// "1 group", "1,803 groups": for nouns that take an s.
std::string counted(std::size_t count, std::string_view noun);
/// "12 %", "0.4 %".
std::string share(std::size_t part, std::size_t whole);
/// "312 MB".
std::string bytes_in_words(std::uint64_t bytes);

report::Section picture_section(const Analysis& analysis, ReportPictures& pictures);
report::Section class_section(const Analysis& analysis);
report::Section duplicate_section(const Analysis& analysis, ReportPictures& pictures);
report::Section map_section(const Analysis& analysis, ReportPictures& pictures);
report::Section group_section(const Analysis& analysis, ReportPictures& pictures);
report::Section caption_section(const Analysis& analysis, ReportPictures& pictures);
report::Section fit_section(const Analysis& analysis, ReportPictures& pictures);
report::Section unreadable_section(const Analysis& analysis);

}  // namespace glimpse::analyze
