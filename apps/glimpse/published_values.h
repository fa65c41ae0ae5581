#pragma once

#include <array>
#include <string_view>

namespace glimpse::app {

/// What a model's makers say that it gives for one picture and some captions: cosine times logit scale.
struct PublishedValues {
  std::string_view repository;
  std::string_view picture;
  std::array<std::string_view, 2> captions;
  std::array<float, 2> logits;
};

/// Source: transformers, the integration test of CLIPModel (tests/models/clip/test_modeling_clip.py).
inline constexpr std::array<PublishedValues, 1> kPublishedValues = {
    {{.repository = "openai/clip-vit-base-patch32",
      .picture = "COCO val2017/000000039769.jpg, two cats on a sofa",
      .captions = {"a photo of a cat", "a photo of a dog"},
      .logits = {24.5701f, 19.3049f}}}};

}  // namespace glimpse::app
