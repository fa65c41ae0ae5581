#pragma once

#include <string>
#include <vector>

#include "eval/named_measures.h"
#include "eval/side.h"
#include "eval/slices_report.h"
#include "evaluate/verdict.h"

namespace glimpse::app {

/// Two sides on the same queries and pictures.
struct Pair {
  SideResult a, b;
  std::string name_a, name_b;    ///< By what differs: models, precisions, prompts …
  NamedMeasure measure;          ///< What the verdict is given by.
  evaluate::Comparison decided;  ///< By it, from texts to pictures.
  Slices slices;
  std::vector<std::size_t> by_gain;  ///< Numbers of to_pictures.queries: first what b answers better, last worse.

  bool judged() const { return !a.to_pictures.queries.empty(); }
  std::string verdict() const;  ///< In words; says so where nobody judged.
  /// Whether queries come from a file, few and each worth a line.
  bool asked_one_by_one() const { return a.embedded.truth.form == evaluate::TruthForm::kQueries; }
  double gain(std::size_t query) const;
  /// For each text how many of the first kNoted pictures both sides share, on average; 0 to 1.
  double overlap() const;
};

/// Errors: unavailable when both do not have the same pictures, as when one was taken away meanwhile.
Result<Pair> make_pair(SideResult a, SideResult b);

/// Of any measure, of both directions and of slices.
evaluate::Comparison compare(const evaluate::Retrieval& a, const evaluate::Retrieval& b, const NamedMeasure& measure);

}  // namespace glimpse::app
