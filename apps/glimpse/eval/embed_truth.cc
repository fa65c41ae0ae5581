#include "eval/embed_truth.h"

#include <fmt/core.h>

#include <limits>
#include <optional>

#include "base/file.h"
#include "base/memory.h"
#include "encode/image_pipeline.h"
#include "encode/precision_trial.h"
#include "eval/prompt.h"
#include "interrupt.h"
#include "stopwatch.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kUnread = std::numeric_limits<std::size_t>::max();

encode::WaitingPictures waiting(const evaluate::GroundTruth& truth, const fs::path& folder) {
  encode::WaitingPictures waiting{.count = truth.pictures.size(), .sample = {}};
  const std::size_t wanted = std::min<std::size_t>(truth.pictures.size(), encode::kTrialPictures);
  for (std::size_t i = 0; i < wanted; ++i) {
    waiting.sample.push_back(folder / truth.pictures[i * truth.pictures.size() / wanted]);
  }
  return waiting;
}

/// A vector for each picture, empty where there is none; sentences into `unread`.
Result<std::vector<std::vector<float>>> embed_pictures(const evaluate::GroundTruth& truth, const fs::path& folder,
                                                       const encode::ImageModel& model, const CommonFlags& common,
                                                       std::vector<std::string>& unread) {
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
  std::vector<std::vector<float>> vectors(truth.pictures.size());
  ProgressLine line("embedding", static_cast<std::int64_t>(truth.pictures.size()), common.quiet);
  std::size_t at = 0;
  std::int64_t done = 0;
  const auto next = [&]() -> std::optional<encode::ImageJob> {
    if (at == truth.pictures.size()) return std::nullopt;
    const std::size_t tag = at++;
    return encode::ImageJob{tag, folder / truth.pictures[tag]};
  };
  const auto sink = [&](encode::ImageOutcome outcome) -> Result<void> {
    if (outcome.error) {
      unread.push_back(fmt::format("{}: {}", display(truth.pictures[outcome.tag]), outcome.error->message()));
    }
    vectors[outcome.tag] = std::move(outcome.embedding);
    line.update(++done, static_cast<std::int64_t>(unread.size()));
    return {};
  };
  auto ran = encode::run_image_pipeline(model, {}, next, nullptr, sink, cancel);
  line.finish();
  GLIMPSE_RETURN_IF_ERROR(ran);
  return vectors;
}

/// Keeps the pictures that have a vector, and the texts that did not lose all theirs.
EmbeddedTruth keep_read(const evaluate::GroundTruth& truth, const std::vector<std::vector<float>>& vectors,
                        std::size_t dimension) {
  EmbeddedTruth kept;
  kept.truth.form = truth.form;
  kept.truth.right_from = truth.right_from;
  kept.pictures.dimension = kept.texts.dimension = dimension;
  std::vector<std::size_t> numbers(vectors.size(), kUnread);
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    if (vectors[i].empty()) continue;
    numbers[i] = kept.truth.pictures.size();
    kept.truth.pictures.push_back(truth.pictures[i]);
    kept.pictures.values.insert(kept.pictures.values.end(), vectors[i].begin(), vectors[i].end());
  }
  for (const auto& text : truth.texts) {
    evaluate::TruthText still{.text = text.text, .id = text.id, .attributes = text.attributes};
    for (std::size_t i = 0; i < text.pictures.size(); ++i) {
      if (numbers[text.pictures[i]] == kUnread) continue;
      still.pictures.push_back(numbers[text.pictures[i]]);
      if (!text.grades.empty()) still.grades.push_back(text.grades[i]);
    }
    for (const std::size_t picture : text.wrong) {
      if (numbers[picture] != kUnread) still.wrong.push_back(numbers[picture]);
    }
    if (text.pictures.empty() || !still.pictures.empty()) kept.truth.texts.push_back(std::move(still));
  }
  return kept;
}

/// A row for each text; how long each took into `embedded.words_ms`.
Result<void> embed_texts(EmbeddedTruth& embedded, const std::string& prompt, encode::Encoder& encoder) {
  for (const auto& text : embedded.truth.texts) {
    const Stopwatch clock;
    GLIMPSE_ASSIGN_OR_RETURN(const auto vector, encoder.embed_text(prompted(prompt, text.text)));
    embedded.words_ms.push_back(clock.seconds() * 1000);
    embedded.texts.values.insert(embedded.texts.values.end(), vector.begin(), vector.end());
  }
  return {};
}

}  // namespace

Result<EmbeddedTruth> embed_truth(const evaluate::GroundTruth& truth, const fs::path& folder, const std::string& prompt,
                                  OpenModel& model, const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string found, model.encoder->settle_precision(waiting(truth, folder)));
  if (!found.empty() && !common.quiet) fmt::print(stderr, "{}\n", found);
  GLIMPSE_ASSIGN_OR_RETURN(const auto image_model, model.encoder->image_model());
  GLIMPSE_RETURN_IF_ERROR(model.encoder->load_text_tower());
  forget_peak_memory();  // of loading and compiling, which a cache can spare
  const Stopwatch clock;
  std::vector<std::string> unread;
  GLIMPSE_ASSIGN_OR_RETURN(const auto vectors, embed_pictures(truth, folder, image_model, common, unread));
  auto embedded = keep_read(truth, vectors, static_cast<std::size_t>(image_model.dimension));
  embedded.seconds = clock.seconds();
  embedded.unread = std::move(unread);
  if (truth.pictures.empty()) {
    return Error::not_found("{}: no record names a picture{}", display(folder.empty() ? "." : folder),
                            truth.remarks.empty() ? "" : "; the first: " + truth.remarks.front());
  }
  if (embedded.truth.pictures.empty()) {
    return Error::not_found("{}: not one of {} pictures can be read here: say --pictures FOLDER; the first: {}",
                            display(folder.empty() ? "." : folder), truth.pictures.size(), embedded.unread.front());
  }
  GLIMPSE_RETURN_IF_ERROR(embed_texts(embedded, prompt, *model.encoder));
  embedded.memory_bytes = process_memory().peak;
  return embedded;
}

}  // namespace glimpse::app
