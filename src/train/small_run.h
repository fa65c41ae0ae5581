#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/temp_directory.h"
#include "train/dataset.h"
#include "train/learner.h"
#include "train/random.h"

// For this room's tests: pictures of one colour each, and a learner small enough to be worked out by hand.
namespace glimpse::train {

/// Writes a BMP of one colour with a darker left half, so that mirroring shows.
inline void write_bmp(const std::filesystem::path& file, std::array<std::uint8_t, 3> rgb, int side = 16) {
  std::string bytes(54, '\0');
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
  };
  const auto pixels = static_cast<std::uint32_t>(3 * side * side);
  bytes.replace(0, 2, "BM");
  put(2, 54 + pixels);
  put(10, 54);
  put(14, 40);
  put(18, static_cast<std::uint32_t>(side));
  put(22, static_cast<std::uint32_t>(side));
  put(26, 1 | (24u << 16));
  for (int i = 0; i < side * side; ++i) {
    for (const std::uint8_t value : {rgb[2], rgb[1], rgb[0]}) {
      bytes += static_cast<char>(i % side < side / 2 ? value / 2 : value);
    }
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

/// `count` pictures of colours that differ clearly, two captions each.
struct SmallData {
  TempDirectory directory;
  evaluate::GroundTruth truth;

  explicit SmallData(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto byte = [&](std::uint64_t channel) {
        return static_cast<std::uint8_t>(Random({i, channel}).below(26) * 10);
      };
      const std::string name = "picture" + std::to_string(i) + ".bmp";
      write_bmp(directory.path() / name, {byte(1), byte(2), byte(3)});
      truth.pictures.emplace_back(name);
      for (const char* way : {"the colour number ", "one that is called "}) {
        truth.texts.push_back({way + std::to_string(i), {i}});
      }
    }
  }

  Dataset survey() const {
    auto data = train::survey(truth, directory.path(), {.threads = 2});
    if (!data) std::abort();
    return *std::move(data);
  }
};

/// Pictures by their mean colour, texts by a table of their hashes; both linear into 8 dimensions; InfoNCE at
/// temperature 1; gradient descent with momentum. The same steps give the same bits.
class LinearLearner final : public Learner {
 public:
  static constexpr std::size_t kDimension = 8, kColours = 4, kWords = 97;

  explicit LinearLearner(std::uint64_t seed = 1) {
    Random random({seed});
    for (float& value : now_) value = static_cast<float>(random.uniform(-0.3, 0.3));
    first_ = now_;
  }

  std::function<void(std::int64_t step)> before_step = [](std::int64_t) {};
  std::int64_t nan_at = -1;  ///< The step whose loss is not a number.

  std::size_t dimension() const override { return kDimension; }

  Result<StepResult> step(const PairBatch& batch, double rate) override {
    before_step(step_);
    if (step_++ == nan_at) return StepResult{.loss = std::nan("")};
    const std::size_t n = batch.texts.size();
    const std::vector<float> x = colours(batch.pixels, n), a = pictures_of(x, n), b = texts_of(batch.texts);
    std::vector<float> p(n * n);
    double loss = 0;
    for (std::size_t i = 0; i < n; ++i) {
      float sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += p[i * n + j] = std::exp(dot(&a[i * kDimension], &b[j * kDimension]));
      for (std::size_t j = 0; j < n; ++j) p[i * n + j] /= sum;
      loss -= std::log(p[i * n + i]) / static_cast<double>(n);
    }
    std::vector<float> gradient(now_.size());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const float g = (p[i * n + j] - (i == j ? 1.0f : 0.0f)) / static_cast<float>(n);
        for (std::size_t d = 0; d < kDimension; ++d) {
          for (std::size_t c = 0; c < kColours; ++c)
            gradient[d * kColours + c] += g * b[j * kDimension + d] * x[i * kColours + c];
          gradient[word(batch.texts[j]) + d] += g * a[i * kDimension + d];
        }
      }
    }
    for (std::size_t k = 0; k < now_.size(); ++k) {
      momentum_[k] = 0.9f * momentum_[k] + gradient[k];
      now_[k] -= static_cast<float>(rate) * momentum_[k];
    }
    return StepResult{.loss = loss, .gradient_norm = 1, .logit_scale = 1};
  }

  Result<std::vector<float>> embed_pictures(const PairBatch& batch) override {
    const std::size_t rows = batch.texts.size();
    return unit(pictures_of(colours(batch.pixels, rows), rows));
  }
  Result<std::vector<float>> embed_texts(std::span<const std::string> texts) override { return unit(texts_of(texts)); }

  Result<void> blend(double alpha) override {
    alpha_ = static_cast<float>(alpha);
    return {};
  }
  Result<std::vector<TrainedTensor>> weights(double alpha) override {
    TrainedTensor all{.file = "all", .name = "all", .shape = {static_cast<std::int64_t>(now_.size())}, .values = now_};
    for (std::size_t k = 0; k < now_.size(); ++k) all.values[k] = mixed(k, static_cast<float>(alpha));
    return std::vector{all};
  }

  double logit_scale() const override { return 1; }

  Result<void> save(const std::filesystem::path& directory) override {
    std::string bytes(reinterpret_cast<const char*>(now_.data()), sizeof(float) * now_.size());
    bytes.append(reinterpret_cast<const char*>(momentum_.data()), sizeof(float) * momentum_.size());
    return write_file_atomically(directory / "linear", bytes + std::to_string(step_));
  }
  Result<void> load(const std::filesystem::path& directory) override {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string bytes, read_text_file(directory / "linear", 1 << 20));
    std::memcpy(now_.data(), bytes.data(), sizeof(float) * now_.size());
    std::memcpy(momentum_.data(), bytes.data() + sizeof(float) * now_.size(), sizeof(float) * now_.size());
    step_ = std::stoll(bytes.substr(2 * sizeof(float) * now_.size()));
    return {};
  }

  std::string hash() const { return hash128(std::as_bytes(std::span(now_))).hex(); }

 private:
  static constexpr std::size_t kSize = kDimension * (kColours + kWords);

  static float dot(const float* a, const float* b) { return std::inner_product(a, a + kDimension, b, 0.0f); }
  static std::size_t word(const std::string& text) { return kDimension * (kColours + hash128(text).low % kWords); }
  float mixed(std::size_t k, float alpha) const {
    return alpha == 1 ? now_[k] : first_[k] + alpha * (now_[k] - first_[k]);
  }

  static std::vector<float> colours(std::span<const float> pixels, std::size_t rows) {
    const std::size_t plane = pixels.size() / (3 * rows);
    std::vector<float> x;
    for (std::size_t i = 0; i < 3 * rows; ++i) {
      const float* begin = pixels.data() + i * plane;
      x.push_back(std::accumulate(begin, begin + plane, 0.0f) / static_cast<float>(plane));
      if (i % 3 == 2) x.push_back(1);
    }
    return x;
  }
  std::vector<float> pictures_of(const std::vector<float>& x, std::size_t rows) const {
    std::vector<float> out(rows * kDimension);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t d = 0; d < kDimension; ++d) {
        for (std::size_t c = 0; c < kColours; ++c) {
          out[i * kDimension + d] += mixed(d * kColours + c, alpha_) * x[i * kColours + c];
        }
      }
    }
    return out;
  }
  std::vector<float> texts_of(std::span<const std::string> texts) const {
    std::vector<float> out;
    for (const std::string& text : texts) {
      for (std::size_t d = 0; d < kDimension; ++d) out.push_back(mixed(word(text) + d, alpha_));
    }
    return out;
  }
  static std::vector<float> unit(std::vector<float> rows) {
    for (std::size_t i = 0; i < rows.size(); i += kDimension) {
      const float length = std::sqrt(dot(&rows[i], &rows[i])) + 1e-12f;
      for (std::size_t d = 0; d < kDimension; ++d) rows[i + d] /= length;
    }
    return rows;
  }

  std::vector<float> now_ = std::vector<float>(kSize), first_, momentum_ = std::vector<float>(kSize);
  float alpha_ = 1;
  std::int64_t step_ = 0;
};

}  // namespace glimpse::train
