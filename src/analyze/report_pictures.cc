#include "analyze/report_pictures.h"

#include "analyze/parallel.h"
#include "base/file.h"

namespace glimpse::analyze {
ReportPictures::ReportPictures(const Analysis& analysis) : analysis_(analysis) {
  for (const PictureFacts& picture : analysis.material.pictures) names_.push_back(display(picture.name));
  words_ = names_;
  if (!analysis.material.captions) return;
  const CaptionSet& captions = *analysis.material.captions;
  for (auto link = captions.links.rbegin(); link != captions.links.rend(); ++link) {
    words_[link->picture] = captions.texts[link->text];
  }
}

report::Thumbnail ReportPictures::thumbnail(std::size_t index) { return thumbnails_[index]; }

report::Picture ReportPictures::picture(std::size_t index, const report::Markup& note) {
  report::Markup caption;
  if (!note.empty()) caption = report::element("span", {{"class", "note"}}, note);
  const bool captioned = words_[index] != names_[index];
  return {.thumbnail = thumbnail(index),
          .alt = captioned ? words_[index] : "a picture without a caption",
          .caption = caption,
          .file = names_[index]};
}

void ReportPictures::load(int threads) {
  std::vector<std::pair<std::size_t, report::Thumbnail*>> wanted;
  for (auto& [index, thumbnail] : thumbnails_) wanted.emplace_back(index, &thumbnail);
  for_each_index(wanted.size(), threads, [&](std::size_t i) {
    const auto& [index, thumbnail] = wanted[i];
    auto read = report::read_thumbnail(analysis_.material.folder / analysis_.material.pictures[index].name);
    if (read) *thumbnail = *std::move(read);
  });
}

}  // namespace glimpse::analyze
