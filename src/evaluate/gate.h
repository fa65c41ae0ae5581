#pragma once

#include <optional>
#include <string>

namespace glimpse::evaluate {

/// What is known of a new model when it asks for the place of the old one. Differences are new less old.
struct GateEvidence {
  bool better = false;            ///< The paired test on held-out pictures says so (verdict.h).
  std::string verdict;            ///< In words.
  std::optional<double> guard;    ///< Difference of nDCG@10 on pictures of a general kind; none: not measured.
  double guard_tolerance = 0.01;  ///< How much that may fall.
};

struct GateDecision {
  bool passed = false;
  std::string reason;  ///< A sentence.
};

/// A new model passes when it is better with confidence where it was meant to be, and has not forgotten too much.
GateDecision decide(const GateEvidence& evidence);

}  // namespace glimpse::evaluate
