#include "eval/page_pictures.h"

#include <algorithm>

#include "base/file.h"
#include "eval/side.h"

namespace glimpse::app {

PagePictures::PagePictures(const evaluate::GroundTruth& truth, std::filesystem::path folder)
    : truth_(truth), folder_(std::move(folder)), shows_(truth.pictures.size(), "a picture without a caption") {
  if (truth.form == evaluate::TruthForm::kQueries) return;  // what was asked is no caption
  const auto texts = truth.texts_of_pictures();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) shows_[i] = truth.texts[texts[i].front()].text;
  }
}

report::Picture PagePictures::picture(std::size_t number) {
  const auto& name = truth_.pictures[number];
  const auto [place, fresh] = thumbnails_.try_emplace(number);
  if (fresh) {
    // One that cannot be shown has a placeholder: it was read before, so somebody took it away meanwhile.
    if (auto thumbnail = report::read_thumbnail(folder_ / name)) place->second = *std::move(thumbnail);
  }
  return {.thumbnail = place->second, .alt = shows_[number], .caption = display(name)};
}

std::vector<report::Picture> PagePictures::found(const evaluate::TruthText& text,
                                                 const std::vector<std::size_t>& best) {
  std::vector<report::Picture> pictures;
  for (std::size_t i = 0; i < std::min(kShown, best.size()); ++i) {
    pictures.push_back(picture(best[i]));
    if (std::ranges::binary_search(text.pictures, best[i])) pictures.back().mark = report::Mark::kGood;
  }
  return pictures;
}

std::vector<report::Picture> PagePictures::wanted(const evaluate::TruthText& text) {
  std::vector<report::Picture> pictures;
  for (std::size_t i = 0; i < std::min(kShown, text.pictures.size()); ++i) {
    pictures.push_back(picture(text.pictures[i]));
  }
  return pictures;
}

}  // namespace glimpse::app
