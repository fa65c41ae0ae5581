#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/merge_table.h"
#include "text/vocabulary.h"

namespace glimpse::text {

/// A tokenizer.json of a byte-pair encoding, read fast: the two large values in one pass over the text and by ids, the
/// rest as JSON. Gemma's 34 MB (256,000 tokens, 580,000 merges) take about 0.25 s; text_bench measures it.
struct BpeJson {
  nlohmann::json rest;  ///< The file with `model.vocab` and `model.merges` replaced by null.
  Vocabulary vocabulary;
  MergeTable merges;
};

/// Strings with escapes are decoded in place, hence the text by value.
/// Errors: corruption (no JSON, with the byte; a value of the wrong kind; a merge, with its number, whose parts or
/// result are not in the vocabulary); unsupported (a model of another type).
Result<BpeJson> read_bpe_json(std::string text);

}  // namespace glimpse::text
