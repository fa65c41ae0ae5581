#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "image/image.h"

// For this room's tests: the pictures and reference results that tools/goldens/image.py made.
namespace glimpse::image::samples {

inline std::filesystem::path directory() { return std::filesystem::path(GLIMPSE_TEST_DATA) / "image"; }

inline std::vector<std::byte> read(const std::filesystem::path& relative) {
  auto bytes = read_file(directory() / relative, 64u << 20);
  EXPECT_TRUE(bytes) << relative << ": " << (bytes ? "" : bytes.error().message());
  return bytes ? *std::move(bytes) : std::vector<std::byte>{};
}

inline std::vector<std::byte> picture(const std::string& name) { return read(std::filesystem::path("samples") / name); }

/// Each line of a text file, opened as a stream.
inline std::vector<std::istringstream> lines(const std::string& name) {
  std::ifstream file(directory() / name);
  EXPECT_TRUE(file) << name;
  std::vector<std::istringstream> all;
  for (std::string line; std::getline(file, line);) all.emplace_back(line);
  return all;
}

/// 64-bit FNV-1a of the pixels.
inline std::uint64_t fnv1a(const std::vector<std::uint8_t>& bytes) {
  std::uint64_t value = 0xCBF29CE484222325;
  for (const std::uint8_t byte : bytes) value = (value ^ byte) * 0x100000001B3;
  return value;
}

/// noise_bytes of tools/goldens/image.py.
inline Image noise(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::uint32_t state = static_cast<std::uint32_t>(width) * 1000 + static_cast<std::uint32_t>(height);
  std::ranges::generate(image.rgb, [&] {
    state = 1664525 * state + 1013904223;
    const auto value = static_cast<std::uint8_t>(state >> 24);
    return value < 64 ? std::uint8_t{0} : value > 192 ? std::uint8_t{255} : value;
  });
  return image;
}

}  // namespace glimpse::image::samples
