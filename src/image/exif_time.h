#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glimpse::image {

/// Milliseconds since 1970 of EXIF's three texts: "2023:06:01 12:30:00", its distance from UTC as "+02:00" (empty or
/// senseless: none), and decimals of the second as "25" (the same). Nothing unless it is a day and a time that there
/// was, from 1826 (the first photograph) to 2199.
std::optional<std::int64_t> exif_time_ms(std::string_view time, std::string_view offset, std::string_view fraction);

}  // namespace glimpse::image
