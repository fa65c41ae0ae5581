#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "library/judgments.h"

namespace glimpse::app {

/// A content that was judged, and what of it is agreed.
struct JudgedContent {
  int grade = 0;                           ///< The median of the judges' grades; of an even number the lower one.
  std::vector<library::ImageId> pictures;  ///< That have it now; none: they left the library.
};

/// All that was judged of one query.
struct JudgedQuery {
  std::string id;     ///< Without blanks and the same for every export: "q" and 12 hexadecimal digits of its text.
  std::string words;  ///< As they were typed last.
  std::map<Hash128, JudgedContent> contents;
};

/// The judgments by query, in the order of their words. Several judges of one picture become one grade.
Result<std::vector<JudgedQuery>> judged_queries(const std::vector<library::Judgment>& judgments);

/// Says on standard error how many rows are damaged and were left out, when any are.
void say_damaged(const library::JudgmentList& list);

}  // namespace glimpse::app
