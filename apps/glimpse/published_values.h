#pragma once

#include <array>
#include <string_view>

namespace glimpse::app {

/// What a model's makers say that it gives for one picture and one caption: cosine times logit scale, plus logit bias.
struct PublishedValue {
  std::string_view repository;
  std::string_view picture;
  std::string_view caption;
  float logit;
};

inline constexpr std::string_view kTwoCats = "COCO val2017/000000039769.jpg, two cats on a sofa";
inline constexpr std::string_view kWomanAndDog =
    "hf-internal-testing/blip-test-image, demo.jpg, a woman and a dog on a beach";

/// Source: transformers, the integration tests of CLIPModel, SiglipModel and BlipForImageTextRetrieval
/// (tests/models/*/test_modeling_*.py).
inline constexpr std::array<PublishedValue, 5> kPublishedValues = {
    {{"openai/clip-vit-base-patch32", kTwoCats, "a photo of a cat", 24.5701f},
     {"openai/clip-vit-base-patch32", kTwoCats, "a photo of a dog", 19.3049f},
     {"google/siglip-base-patch16-224", kTwoCats, "a photo of 2 cats", -0.7567f},
     {"google/siglip-base-patch16-224", kTwoCats, "a photo of 2 dogs", -10.3354f},
     {"Salesforce/blip-itm-base-coco", kWomanAndDog, "A woman and her dog sitting in a beach", 0.5162f}}};

}  // namespace glimpse::app
