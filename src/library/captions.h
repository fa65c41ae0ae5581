#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "library/ids.h"

namespace glimpse::library {

enum class CaptionSource {
  kModel,  ///< Written by a model of ours.
  kFile,   ///< Given by the user, as in a data.csv.
};

/// Who wrote a caption. A picture has at most one by each source, fingerprint and settings.
struct CaptionMaker {
  CaptionSource source = CaptionSource::kModel;
  std::string model = {};        ///< Its name; of a file, the file's.
  std::string fingerprint = {};  ///< Of the model; empty for a file.
  std::string settings = {};     ///< How words were chosen, as in "beam 6/3 length 5-30"; empty for a file.
};

inline constexpr std::size_t kMaxCaptionBytes = 16'384;

struct CaptionFacts {
  CaptionMaker maker;
  std::string text;  ///< UTF-8, 1 to kMaxCaptionBytes.
};

struct CaptionHit {
  ImageId picture;
  float score = 0;   ///< BM25, higher is better; above 0.
  std::string text;  ///< The caption that matched.
};

struct CaptionHits {
  std::vector<CaptionHit> hits;  ///< Best first; equal scores by ascending id, so that pages do not overlap.
  std::int64_t total = 0;        ///< Pictures that matched, on all pages.
};

}  // namespace glimpse::library
