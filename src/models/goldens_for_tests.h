#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "models/golden_pixels.h"
#include "text/tokenizer.h"

namespace glimpse::models {

/// What a reference implementation computed (tools/goldens/models.py). For tests only.
class Goldens {
 public:
  explicit Goldens(const std::filesystem::path& path) {
    auto opened = checkpoint::open(path);
    if (!opened) throw std::runtime_error(opened.error().message());
    checkpoint_ = *std::move(opened);
  }
  const checkpoint::TensorView& view(const std::string& name) const {
    const checkpoint::TensorView* found = checkpoint_->find(name);
    if (found == nullptr) throw std::runtime_error("no golden named " + name);
    return *found;
  }
  std::vector<float> at(const std::string& name) const { return checkpoint::to_f32(view(name)); }
  std::vector<text::TokenId> ids(const std::string& name) const {
    const std::vector<float> values = at(name);
    return {values.begin(), values.end()};
  }

 private:
  std::unique_ptr<checkpoint::Checkpoint> checkpoint_;
};

inline std::filesystem::path model_data(const std::string& name) {
  return std::filesystem::path(GLIMPSE_TEST_DATA) / "models" / name;
}

inline double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return a.size() == b.size() ? ab / std::sqrt(aa * bb) : -2;
}

/// The worst cosine between the rows of two [n, width] arrays.
inline double worst_cosine(std::span<const float> a, std::span<const float> b, std::size_t width) {
  double worst = a.size() == b.size() ? 1 : -2;
  for (std::size_t i = 0; i + width <= std::min(a.size(), b.size()); i += width) {
    worst = std::min(worst, cosine(a.subspan(i, width), b.subspan(i, width)));
  }
  return worst;
}

inline double greatest_difference(std::span<const float> a, std::span<const float> b) {
  double greatest = a.size() == b.size() ? 0 : 1e30;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    greatest = std::max(greatest, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return greatest;
}

/// Copies a model's directory, so that a test may damage it.
inline std::filesystem::path copied(const std::string& model, const std::filesystem::path& to) {
  std::filesystem::copy(model_data(model), to / model, std::filesystem::copy_options::recursive);
  return to / model;
}

/// Replaces the first occurrence of `from` in a text file; it must occur.
inline void edit(const std::filesystem::path& file, const std::string& from, const std::string& to) {
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " in " << file;
  std::ofstream(file) << text.replace(at, from.size(), to);
}

}  // namespace glimpse::models
