#pragma once

#include <map>
#include <string>
#include <vector>

namespace glimpse::evaluate {

/// Who judged what: for a query, the grade of each judged document (here a picture, or a caption). 1 and above is
/// relevant, 0 and below is not; what is not listed was not judged and counts as not relevant.
using Judgments = std::map<std::string, int>;
using Qrels = std::map<std::string, Judgments>;

struct ScoredDocument {
  std::string document;
  double score = 0;  ///< Higher is better.
};

/// What a system answered: for a query, documents in any order; each at most once.
using Run = std::map<std::string, std::vector<ScoredDocument>>;

/// The order that trec_eval ranks in: by score as a 32-bit float, highest first; equal ones by document name,
/// the greatest byte order first. The order of `documents` does not matter.
/// Source: trec_eval 9, form_res_rels.c (comp_sim_docno).
void sort_as_trec_eval(std::vector<ScoredDocument>& documents);

}  // namespace glimpse::evaluate
