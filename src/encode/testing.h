#pragma once

// For tests only: pictures and a model simple enough that each vector can be traced to its file.

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "encode/image_pipeline.h"

namespace glimpse::encode {

/// A 24-bit BMP of one colour: the smallest real picture that a test can write by hand.
inline std::string solid_bmp(int width, int height, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  const int stride = (3 * width + 3) / 4 * 4;
  std::string out;
  const auto put = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  };
  out += "BM";
  put(static_cast<std::uint32_t>(54 + stride * height), 4), put(0, 4), put(54, 4);
  put(40, 4), put(static_cast<std::uint32_t>(width), 4), put(static_cast<std::uint32_t>(height), 4);
  put(1, 2), put(24, 2), put(0, 4), put(static_cast<std::uint32_t>(stride * height), 4);
  put(2835, 4), put(2835, 4), put(0, 4), put(0, 4);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) put(blue, 1), put(green, 1), put(red, 1);
    put(0, stride - 3 * width);
  }
  return out;
}

/// Embeds a picture as its mean colour, so that each outcome can be traced to its file.
inline ImageModel mean_colour_model(std::atomic<int>& batches) {
  ImageModel model;
  model.preprocess = {.mode = image::ResizeMode::kSquash, .resize_size = 8, .crop_size = 8};
  model.dimension = 3;
  model.lanes = 2;
  model.embed = [&batches](std::span<const float> pixels, int count, std::span<float> out) -> Result<void> {
    ++batches;
    for (std::size_t i = 0; i < 3 * static_cast<std::size_t>(count); ++i) {
      float sum = 0;
      for (const float value : pixels.subspan(i * 64, 64)) sum += value;
      out[i] = sum / 64;
    }
    return {};
  };
  return model;
}

/// The same, brought to unit length: a library stores unit vectors only.
inline ImageModel unit_colour_model(std::atomic<int>& batches) {
  auto model = mean_colour_model(batches);
  model.embed = [mean = model.embed](std::span<const float> pixels, int count, std::span<float> out) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(mean(pixels, count, out));
    for (std::size_t i = 0; i < out.size(); i += 3) {
      const float norm = std::hypot(out[i], out[i + 1], out[i + 2]);
      for (std::size_t c = 0; c < 3; ++c) out[i + c] /= norm;
    }
    return {};
  };
  return model;
}

}  // namespace glimpse::encode
