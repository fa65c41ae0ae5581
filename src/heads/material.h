#pragma once

#include <cstdint>
#include <vector>

#include "heads/matrix.h"

namespace glimpse::heads {

/// A picture that may be learnt from: which rows of Material::texts are right for it.
struct Picture {
  std::vector<std::int64_t> captions;  ///< At least one.
  std::vector<std::int64_t> phrases;   ///< Short texts out of the captions; may be empty.
  bool labelled = false;               ///< Its captions only name a class: it counts for less.
  bool held_out = false;               ///< Never learnt from: there to measure on.
};

/// What heads are learnt from: features of both towers, which stay as they are.
struct Material {
  std::vector<Matrix>
      versions;  ///< Each [pictures, picture features]: version 0 the whole picture, then augmented ones.
  std::vector<Picture> pictures;
  Matrix texts;                                 ///< [texts, sentence features], unit rows.
  std::vector<std::vector<std::int64_t>> runs;  ///< Rows of `texts` that describe one picture which is not here.
};

/// One linear head: picture features x, normalized over the row or not → W·x + b, sentence features t → V·t + c,
/// compared by cosine.
struct LinearHead {
  Matrix picture_weight;            ///< [width, picture features]
  std::vector<float> picture_bias;  ///< [width]
  Matrix text_weight;               ///< [width, sentence features]
  std::vector<float> text_bias;
  float scale = 1;         ///< Its share of the ensemble.
  bool normalizes = true;  ///< Whether the pictures' features are normalized first; those of a new head are.
};

}  // namespace glimpse::heads
