#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyze/pictures.h"
#include "analyze/words.h"
#include "evaluate/ground_truth.h"

namespace glimpse::analyze {

/// That a picture has a text as a caption; indexes into the pictures and into CaptionSet::texts.
struct CaptionLink {
  std::size_t picture, text;
};

/// Captions of the pictures that were read.
struct CaptionSet {
  std::vector<std::string> texts;                ///< Each once.
  std::vector<CaptionLink> links;                ///< In the order of texts.
  std::vector<std::filesystem::path> strangers;  ///< Captioned pictures that are not among those read.
  std::size_t repeated = 0, broken = 0;          ///< As evaluate::GroundTruth has them.
};

/// Finds the pictures that `truth` speaks of among `pictures`, which lie in `folder`; its names may be relative to
/// `folder` or to `beside`, the folder of the captions.
CaptionSet match_captions(const evaluate::GroundTruth& truth, std::span<const PictureFacts> pictures,
                          const std::filesystem::path& folder, const std::filesystem::path& beside);

struct SharedCaption {
  std::size_t text;
  std::vector<std::size_t> pictures;
};

/// How a model counts a text.
struct TokenCounter {
  std::function<std::size_t(std::string_view)> count;  ///< With the special tokens, not cut.
  int context_length = 0;
};

struct CaptionSummary {
  std::size_t captioned = 0;                          ///< Pictures that have one.
  std::vector<std::size_t> without;                   ///< Pictures that have none, as indexes.
  std::vector<double> per_picture, words;             ///< Captions of each captioned picture; words of each caption.
  std::vector<double> tokens;                         ///< Of each caption; empty without a model.
  int context_length = 0;                             ///< Tokens that the model reads; 0 without a model.
  std::vector<std::size_t> too_long;                  ///< Texts with more, as indexes, the longest first.
  std::size_t vocabulary = 0, once = 0, written = 0;  ///< Different words; those written once; words in all.
  std::vector<WordCount> frequent;                    ///< The 40 most frequent words that are no stop words.
  std::vector<SharedCaption> shared;                  ///< Texts that several pictures have, most pictures first.
};

/// A text that several pictures have counts for each of them.
CaptionSummary summarize(const CaptionSet& captions, std::size_t pictures, const std::optional<TokenCounter>& tokens);

}  // namespace glimpse::analyze
