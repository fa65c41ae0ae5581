#pragma once

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "autograd/learner.h"
#include "models/goldens_for_tests.h"

// For tests only.
namespace glimpse::autograd {

/// A tiny seeded model of each family, in each published layout.
inline const std::vector<std::string> kFamilies = {"tiny-clip", "tiny-open-clip", "tiny-openai", "tiny-siglip",
                                                   "tiny-coca", "tiny-blip-itm",  "tiny-dual"};

inline std::string test_name(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

inline std::shared_ptr<const models::DualEncoder> opened(const std::string& name) {
  auto model = models::open_dual_encoder(models::model_data(name));
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

/// A batch of random words and wavy pictures, owned. Rows 0 and 1 show one picture.
struct OwnedBatch {
  std::vector<float> pixels = {};
  std::vector<std::int32_t> ids = {};
  std::vector<float> mask = {};
  std::vector<std::int64_t> picture = {};
  std::int64_t tokens = 0;

  TextBatch words() const { return {.ids = ids, .mask = mask, .tokens = tokens}; }
  Batch view() const { return {.pixels = pixels, .words = words(), .picture = picture}; }
};

inline OwnedBatch random_batch(const models::DualEncoder& model, std::int64_t rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  OwnedBatch batch{.pixels = models::golden_pixels(static_cast<int>(rows), model.preprocess().crop_size), .tokens = 9};
  if (model.info().family == "siglip") batch.tokens = model.context_length();  // it was trained on full rows
  const auto noise = [&] { return static_cast<float>(random() >> 11) * 0x1p-53f - 0.5f; };
  for (float& pixel : batch.pixels) pixel += 0.5f * noise();
  const auto end = static_cast<std::int32_t>(model.vocabulary_size() - 1);  // CLIP's end token, which is read out
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t length = 4 + static_cast<std::int64_t>(random() % 5);
    // As their tokenizers have it: SigLIP reads its padding, CoCa one token of it.
    const std::int64_t read =
        model.info().family == "siglip" ? batch.tokens : length + (model.info().family == "coca" ? 1 : 0);
    for (std::int64_t i = 0; i < batch.tokens; ++i) {
      const auto word = 3 + static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(end - 3));
      batch.mask.push_back(i < read ? 1.0f : 0.0f);
      batch.ids.push_back(i + 1 < length ? word : i + 1 == length ? end : 0);
    }
    batch.picture.push_back(row < 2 ? 0 : row);
  }
  return batch;
}

}  // namespace glimpse::autograd
