#include "new_heads/head_material.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "heads/phrases.h"
#include "heads/sentence_runs.h"
#include "models/dual.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// As strong as heads on about a thousand pictures were found to need (models/glimpse-small's card).
constexpr train::Augmentation kLooks{.least_area = 0.45, .stretch = 4.0 / 3, .flip = true, .jitter = 0.2};

/// Texts, each once, and the row that each will have.
class TextRows {
 public:
  std::int64_t row_of(const std::string& text) {
    const auto [place, fresh] = rows_.emplace(text, static_cast<std::int64_t>(texts_.size()));
    if (fresh) texts_.push_back(text);
    return place->second;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, std::int64_t, std::less<>> rows_;
  std::vector<std::string> texts_;
};

struct Listed {
  std::vector<SeenPicture> seen;
  std::vector<heads::Picture> pictures;
};

void list_captioned(const HeadSources& sources, TextRows& texts, Listed& listed) {
  const train::Dataset& data = *sources.data;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    heads::Picture picture{.captions = {}, .phrases = {}, .held_out = sources.split->parts[i] != train::Part::kTrain};
    bool mirror = true;
    for (const std::size_t caption : data.pictures[i].captions) {
      const std::string& text = data.captions[caption].text;
      mirror = mirror && !train::tells_sides(text);
      picture.captions.push_back(texts.row_of(text));
      for (const std::string& phrase : heads::phrases_of(text)) {
        const std::int64_t row = texts.row_of(phrase);
        if (!std::ranges::count(picture.phrases, row)) picture.phrases.push_back(row);
      }
    }
    listed.pictures.push_back(std::move(picture));
    listed.seen.push_back({.path = data.path_of(i), .mirror = mirror});
  }
}

void list_labelled(const HeadSources& sources, TextRows& texts, Listed& listed) {
  const auto labels = sources.labelled.texts_of_pictures();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    heads::Picture picture{.captions = {}, .phrases = {}, .labelled = true};
    for (const std::size_t label : labels[i]) {
      const std::string& name = sources.labelled.texts[label].text;
      picture.captions.push_back(texts.row_of(name));
      picture.captions.push_back(texts.row_of(fmt::format("a photo of a {}", name)));
    }
    if (picture.captions.empty()) continue;
    listed.pictures.push_back(std::move(picture));
    listed.seen.push_back({.path = sources.labelled_folder / sources.labelled.pictures[i], .mirror = true});
  }
}

/// Runs over the sentences become runs of rows.
std::vector<std::vector<std::int64_t>> runs_of(const std::vector<std::string>& sentences,
                                               const std::vector<std::int64_t>& rows, const heads::Matrix& texts) {
  auto runs = heads::sentence_runs(sentences, heads::rows_of(texts, rows));
  for (auto& run : runs) {
    for (std::int64_t& sentence : run) sentence = rows[static_cast<std::size_t>(sentence)];
  }
  return runs;
}

}  // namespace

Result<heads::Material> make_head_material(const std::filesystem::path& directory, const HeadSources& sources,
                                           const HeadMaterialOptions& options) {
  const models::OpenOptions opening{.cache_dir = options.features.cache_dir};
  GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const models::DualEncoder> seeing,
                           models::open_dual(directory, opening, models::DualReadout::kPictureFeatures));
  GLIMPSE_ASSIGN_OR_RETURN(const auto reading, models::open_dual(directory, opening, models::DualReadout::kSentences));
  TextRows texts;
  Listed listed;
  list_captioned(sources, texts, listed);
  list_labelled(sources, texts, listed);
  std::vector<std::int64_t> sentence_rows;
  for (const std::string& sentence : sources.sentences) sentence_rows.push_back(texts.row_of(sentence));

  heads::Material material;
  {
    ProgressLine line("reading", static_cast<std::int64_t>(texts.texts().size()), options.quiet);
    const auto show = [&](std::size_t done) { line.update(static_cast<std::int64_t>(done), 0); };
    auto read = text_features(*reading, texts.texts(), options.features, show);
    line.finish();
    GLIMPSE_ASSIGN_OR_RETURN(material.texts, std::move(read));
  }
  material.runs = runs_of(sources.sentences, sentence_rows, material.texts);
  GLIMPSE_ASSIGN_OR_RETURN(const PictureFeatures features, PictureFeatures::open(seeing, options.features));
  ProgressLine line("looking", static_cast<std::int64_t>(listed.seen.size()), options.quiet);
  const auto show = [&](std::size_t done) { line.update(static_cast<std::int64_t>(done), 0); };
  auto seen = features.of(listed.seen, options.versions, kLooks, options.seed, show);
  line.finish();
  GLIMPSE_ASSIGN_OR_RETURN(material.versions, std::move(seen));
  material.pictures = std::move(listed.pictures);
  return material;
}

}  // namespace glimpse::app
