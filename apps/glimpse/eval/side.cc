#include "eval/side.h"

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/file.h"
#include "eval/rank_by_index.h"
#include "open_model.h"
#include "paths.h"
#include "runtime/towers.h"

namespace glimpse::app {
namespace {

Result<void> rank(SideResult& result, const Side& side, const AskedTruth& asked, const std::vector<int>& cutoffs) {
  const int threads = side.common.threads > 0 ? side.common.threads : available_cpus();
  const auto& [truth, texts, pictures, unread, seconds, words_ms, memory] = result.embedded;
  const auto relevance = text_to_image(truth);
  if (side.by_index) {
    GLIMPSE_ASSIGN_OR_RETURN(auto rankings, rank_by_index(texts, pictures, side.common, cutoffs));
    result.answers = rankings;
    for (auto& answer : result.answers) answer.resize(std::min(answer.size(), kNoted));
    result.to_pictures = measure_rankings(std::move(rankings), relevance, cutoffs, kNoted);
  } else {
    result.answers = best_documents(texts, pictures, kNoted, threads);
    result.to_pictures = rank_all(texts, pictures, relevance, cutoffs, kNoted, threads);
  }
  const auto back = asked.from_query_file()
                        ? evaluate::Relevance{std::vector<std::vector<std::size_t>>(pictures.rows()), {}}
                        : image_to_text(truth);
  result.to_texts = rank_all(pictures, texts, back, cutoffs, kNoted, threads);
  return {};
}

}  // namespace

double SideResult::pictures_per_second() const {
  return embedded.seconds > 0 ? static_cast<double>(embedded.truth.pictures.size()) / embedded.seconds : 0;
}

double SideResult::words_ms(double share) const {
  if (embedded.words_ms.empty()) return 0;
  auto sorted = embedded.words_ms;
  std::ranges::sort(sorted);
  return sorted[static_cast<std::size_t>(std::round(share * static_cast<double>(sorted.size() - 1)))];
}

Result<SideResult> evaluate_side(const Side& side, const AskedTruth& asked, const std::vector<int>& cutoffs) {
  SideResult result;
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(side.common, kDefaultModel));
  GLIMPSE_ASSIGN_OR_RETURN(result.embedded, embed_truth(asked.truth, asked.folder, side.prompt, model, side.common));
  result.model = model.stored.name;
  result.precision = name_of(model.encoder->picture_precision());
  result.params = display(side.common.params);
  result.prompt = side.prompt;
  if (side.by_index) result.index = side.common.index == "auto" ? "exact" : side.common.index;
  model.encoder.reset();
  GLIMPSE_RETURN_IF_ERROR(rank(result, side, asked, cutoffs));
  return result;
}

nlohmann::ordered_json side_json(const SideResult& side) {
  nlohmann::ordered_json json = {{"model", side.model},
                                 {"precision", side.precision},
                                 {"pictures_per_second", side.pictures_per_second()},
                                 {"words_ms", side.words_ms(0.5)},
                                 {"words_ms_p99", side.words_ms(0.99)},
                                 {"memory_bytes", side.embedded.memory_bytes}};
  if (!side.params.empty()) json["params"] = side.params;
  if (!side.prompt.empty()) json["prompt"] = side.prompt;
  if (!side.index.empty()) json["index"] = side.index;
  return json;
}

}  // namespace glimpse::app
