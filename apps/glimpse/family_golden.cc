// A golden is a directory tiny-<layout>, seeded weights as they are published, and a file tiny-<layout>.goldens of what
// the reference implementation computed from them (tools/goldens/models.py). What a file holds decides what is
// compared.
#include "family_golden.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <system_error>

#include "base/file.h"
#include "checkpoint/checkpoint.h"
#include "encode/generate.h"
#include "models/dual_encoder.h"
#include "models/golden_pixels.h"
#include "runtime/captioner.h"
#include "runtime/towers.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using checkpoint::Checkpoint;
using checkpoint::TensorView;
using text::TokenId;

struct Layout {
  std::string_view family, name;
};
constexpr std::array<Layout, 8> kLayouts = {{{"clip", "tiny-clip"},
                                             {"clip", "tiny-open-clip"},
                                             {"clip", "tiny-openai"},
                                             {"siglip", "tiny-siglip"},
                                             {"coca", "tiny-coca"},
                                             {"blip", "tiny-blip-itm"},
                                             {"blip", "tiny-blip-caption"},
                                             {"dual", "tiny-dual"}}};

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return a.size() == b.size() ? ab / std::sqrt(aa * bb) : -1;
}

/// Also false for NaN.
bool is_near(double cosine) { return cosine >= kGoldenCosine; }

std::vector<TokenId> ids_of(const TensorView& tensor) {
  const std::vector<float> values = checkpoint::to_f32(tensor);
  return {values.begin(), values.end()};
}

Error missed(std::string_view layout, const char* what, const std::string& expected, const std::string& found) {
  return Error::internal(
      "golden {}: {}: expected {}, found {}: this build computes something else on this processor than the "
      "reference does; please report it with what 'glimpse bench --json' says of the processor",
      layout, what, expected, found);
}

Result<double> worst_picture(const models::DualEncoder& model, const TensorView& golden) {
  const auto width = static_cast<std::size_t>(model.info().embedding_dimension);
  const std::vector<float> expected = checkpoint::to_f32(golden);
  const int count = static_cast<int>(expected.size() / width);
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, runtime::ImageTower::compile(model, {}));
  std::vector<float> found(expected.size());
  GLIMPSE_RETURN_IF_ERROR(tower->run(models::golden_pixels(count, model.preprocess().crop_size), count, found));
  double worst = 1;
  for (std::size_t at = 0; at < found.size(); at += width) {
    const double one = cosine(std::span(found).subspan(at, width), std::span(expected).subspan(at, width));
    if (!is_near(one)) return one;
    worst = std::min(worst, one);
  }
  return worst;
}

struct Sentence {
  std::vector<TokenId> ids;
  std::vector<float> expected;
};

/// text.<n>.ids beside text.<n>.embedding, or rows of one array each (text.ids, text.lengths, text.embedding).
std::vector<Sentence> sentences(const Checkpoint& goldens) {
  std::vector<Sentence> all;
  for (int n = 0;; ++n) {
    const TensorView* ids = goldens.find(fmt::format("text.{}.ids", n));
    const TensorView* expected = goldens.find(fmt::format("text.{}.embedding", n));
    if (ids == nullptr || expected == nullptr) break;
    all.push_back({ids_of(*ids), checkpoint::to_f32(*expected)});
  }
  const TensorView* lengths = goldens.find("text.lengths");
  const TensorView* ids = goldens.find("text.ids");
  const TensorView* expected = goldens.find("text.embedding");
  if (lengths == nullptr || ids == nullptr || expected == nullptr) return all;
  const std::vector<TokenId> tokens = ids_of(*ids);
  const std::vector<float> vectors = checkpoint::to_f32(*expected);
  const std::vector<TokenId> counts = ids_of(*lengths);
  const std::size_t width = tokens.size() / counts.size();
  const std::size_t dimension = vectors.size() / counts.size();
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const auto row_ids = std::span(tokens).subspan(row * width, static_cast<std::size_t>(counts[row]));
    const auto vector = std::span(vectors).subspan(row * dimension, dimension);
    all.push_back({{row_ids.begin(), row_ids.end()}, {vector.begin(), vector.end()}});
  }
  return all;
}

Result<double> worst_words(const models::DualEncoder& model, const Checkpoint& goldens) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, runtime::TextTower::compile(model, {}));
  double worst = 1;
  for (auto& [ids, expected] : sentences(goldens)) {
    // As its tokenizer does: CoCa's words are read with one token of padding where there is room.
    const bool has_room = ids.size() < static_cast<std::size_t>(model.context_length());
    if (model.info().family == "coca" && has_room) ids.push_back(0);
    GLIMPSE_ASSIGN_OR_RETURN(const auto found, tower->run(ids));
    const double one = cosine(found, expected);
    if (!is_near(one)) return one;
    worst = std::min(worst, one);
  }
  return worst;
}

/// Greedy captions: rows of one length, padded with -1.
Result<int> equal_captions(const models::DualEncoder& model, const TensorView& golden, std::string_view layout) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto captioner, runtime::Captioner::compile(model, {}));
  auto options = encode::default_options(model.captions()->caption_rules());
  options.choice = encode::Choice::kGreedy;
  const std::vector<TokenId> all = ids_of(golden);
  const auto count = static_cast<std::size_t>(golden.shape.at(0));
  const auto width = static_cast<std::ptrdiff_t>(all.size() / count);
  const auto edge = static_cast<std::size_t>(model.preprocess().crop_size);
  const auto pixels = models::golden_pixels(static_cast<int>(count), model.preprocess().crop_size);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = all.begin() + static_cast<std::ptrdiff_t>(i) * width;
    std::vector<TokenId> expected(row, row + width);
    std::erase(expected, -1);
    GLIMPSE_ASSIGN_OR_RETURN(const auto memory,
                             captioner->look(std::span(pixels).subspan(i * 3 * edge * edge, 3 * edge * edge)));
    runtime::CaptionPast past;
    const auto next = [&](std::span<const TokenId> ids, int rows) { return captioner->next(memory, ids, rows, past); };
    GLIMPSE_ASSIGN_OR_RETURN(const auto found, encode::generate(model.captions()->caption_tokens(), next, options));
    if (found != expected) {
      return missed(layout, "captions", fmt::format("the ids {}", fmt::join(expected, " ")),
                    fmt::format("{}", fmt::join(found, " ")));
    }
  }
  return static_cast<int>(count);
}

Result<FamilyGolden> run_golden(const fs::path& directory, std::string_view name) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto goldens, checkpoint::open(directory / (std::string(name) + ".goldens")));
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, models::open_dual_encoder(directory / name));
  FamilyGolden golden{.layout = std::string(name)};
  const auto cosine_text = [](double value) { return fmt::format("a cosine of {:.7f}", value); };
  const std::string expected = fmt::format("a cosine of at least {}", kGoldenCosine);
  const TensorView* pictures = goldens->find(model->info().family == "dual" ? "image.embedding" : "vision.embedding");
  if (pictures != nullptr) {
    GLIMPSE_ASSIGN_OR_RETURN(golden.pictures, worst_picture(*model, *pictures));
    if (!is_near(*golden.pictures)) return missed(name, "pictures", expected, cosine_text(*golden.pictures));
    GLIMPSE_ASSIGN_OR_RETURN(golden.words, worst_words(*model, *goldens));
    if (!is_near(*golden.words)) return missed(name, "words", expected, cosine_text(*golden.words));
  }
  if (const TensorView* captions = goldens->find("caption.greedy");
      captions != nullptr && model->captions() != nullptr) {
    GLIMPSE_ASSIGN_OR_RETURN(golden.captions, equal_captions(*model, *captions, name));
  }
  return golden;
}

}  // namespace

Result<std::vector<FamilyGolden>> run_family_goldens(std::string_view family, const fs::path& directory) {
  std::vector<FamilyGolden> results;
  std::error_code ignored;
  for (const Layout& layout : kLayouts) {
    if (layout.family != family || !fs::exists(directory / layout.name, ignored)) continue;
    GLIMPSE_ASSIGN_OR_RETURN(auto result, run_golden(directory, layout.name));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace glimpse::app
