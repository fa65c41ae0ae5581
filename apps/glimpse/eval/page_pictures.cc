#include "eval/page_pictures.h"

#include <fmt/format.h>

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

report::Picture PagePictures::judged_picture(const evaluate::TruthText& text, std::size_t number) {
  report::Picture shown = picture(number);
  if (std::ranges::binary_search(text.wrong, number)) shown.mark = report::Mark::kBad;
  const auto place = std::ranges::lower_bound(text.pictures, number);
  if (place == text.pictures.end() || *place != number) return shown;
  const auto at = static_cast<std::size_t>(place - text.pictures.begin());
  const int grade = text.grades.empty() ? 1 : text.grades[at];
  shown.mark = grade >= truth_.right_from ? report::Mark::kGood : report::Mark::kBad;
  if (text.grades.empty()) return shown;
  shown.caption += report::element("span", {{"class", "note"}}, fmt::format("grade {}", grade));
  return shown;
}

std::vector<report::Picture> PagePictures::found(const evaluate::TruthText& text,
                                                 const std::vector<std::size_t>& best) {
  std::vector<report::Picture> pictures;
  for (std::size_t i = 0; i < std::min(kShown, best.size()); ++i) {
    pictures.push_back(judged_picture(text, best[i]));
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
