#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/ground_truth.h"
#include "evaluate/retrieval.h"
#include "flags.h"
#include "open_model.h"

namespace glimpse::app {

/// Texts and pictures of a ground truth as a model sees them.
struct EmbeddedTruth {
  evaluate::GroundTruth truth;      ///< Without pictures that could not be read, and texts that have lost all theirs.
  evaluate::Matrix texts;           ///< A row for each of truth.texts.
  evaluate::Matrix pictures;        ///< A row for each of truth.pictures.
  std::vector<std::string> unread;  ///< A sentence for each picture that is missing or cannot be read.
  double seconds = 0;               ///< For the pictures.
  std::vector<double> words_ms;     ///< For each text, how long its embedding took.
  std::uint64_t memory_bytes = 0;   ///< Resident at the most while embedding, both towers loaded; 0: nothing tells.
};

/// Embeds both sides; no library is touched. `folder`: where the pictures lie; `prompt`: what is made of the texts
/// (prompt.h). With a progress line. Errors: cancelled; the model's; not_found when not one picture can be read.
Result<EmbeddedTruth> embed_truth(const evaluate::GroundTruth& truth, const std::filesystem::path& folder,
                                  const std::string& prompt, OpenModel& model, const CommonFlags& common);

}  // namespace glimpse::app
