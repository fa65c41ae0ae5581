#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "care/doctor.h"
#include "library/library.h"

// The parts of an examination; each adds what it finds.
namespace glimpse::care {

/// Opens and checks the library, and repairs it when asked to. Null, with a finding, when it cannot be opened.
Result<std::unique_ptr<library::Library>> check_library(const ExamineOptions& options, Findings& findings);

/// Every file of a cache; damaged ones are removed when asked to. Gives how many files it looked at.
std::int64_t check_cache(const std::filesystem::path& directory, bool repair, Findings& findings);

/// What a crash left in the library's own directory. `alone`: we hold the writer's lock, so nobody is at work there.
void check_remains(const std::filesystem::path& library, bool alone, bool repair, Findings& findings);

/// The models that the library's vectors belong to.
void check_models(const library::Library& library, const ExamineOptions& options, Findings& findings);

/// Folders, permissions, room on the disk, who is writing.
void check_surroundings(const ExamineOptions& options, const library::Library* library, Findings& findings);

}  // namespace glimpse::care
