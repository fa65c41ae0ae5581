#include "report/picture.h"

#include <fmt/format.h>

#include "base/file.h"
#include "image/thumbnail.h"
#include "report/data_uri.h"

namespace glimpse::report {
namespace {

constexpr int kQuality = 78;

Result<Thumbnail> with_size(Result<std::vector<std::byte>> jpeg) {
  if (!jpeg) return std::move(jpeg).error();
  GLIMPSE_ASSIGN_OR_RETURN(const image::ImageHeader header, image::probe(*jpeg));
  return Thumbnail{*std::move(jpeg), header.width, header.height};
}

std::string_view class_of(Mark mark) {
  switch (mark) {
    case Mark::kNone:
      return "picture";
    case Mark::kGood:
      return "picture good";
    case Mark::kBad:
      return "picture bad";
  }
  return "picture";
}

/// Colour is never the only sign.
Markup sign_of(Mark mark) {
  switch (mark) {
    case Mark::kNone:
      return {};
    case Mark::kGood:
      return element("span", {{"class", "sign"}}, "✓ right");
    case Mark::kBad:
      return element("span", {{"class", "sign"}}, "✗ wrong");
  }
  return {};
}

Markup item(const Picture& picture) {
  Markup caption = sign_of(picture.mark);
  if (!picture.file.empty()) caption += element("span", {{"class", "file"}, {"title", picture.file}}, picture.file);
  caption += picture.caption;
  Markup content = picture_element(picture.thumbnail, picture.alt);
  if (!caption.empty()) content += element("figcaption", caption);
  return element("li", element("figure", {{"class", std::string(class_of(picture.mark))}}, content));
}

}  // namespace

Result<Thumbnail> make_thumbnail(const image::Image& picture, int max_side) {
  return with_size(image::thumbnail_jpeg(picture, max_side, kQuality));
}

Result<Thumbnail> read_thumbnail(const std::filesystem::path& file, int max_side) {
  const image::DecodeLimits limits;
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, limits.max_bytes));
  return with_size(image::thumbnail_jpeg(bytes, max_side, limits, kQuality)).with_context(display(file));
}

Markup picture_element(const Thumbnail& thumbnail, const std::string& alt) {
  if (thumbnail.jpeg.empty()) {
    return element("span", {{"class", "missing"}, {"role", "img"}, {"aria-label", alt}}, "no picture");
  }
  return empty_element("img", {{"src", data_uri("image/jpeg", thumbnail.jpeg)},
                               {"width", fmt::format("{}", thumbnail.width)},
                               {"height", fmt::format("{}", thumbnail.height)},
                               {"alt", alt}});
}

Markup picture_grid(std::string_view label, std::span<const Picture> pictures) {
  Markup items;
  for (const Picture& picture : pictures) items += item(picture);
  return element("ul", {{"class", "pictures"}, {"aria-label", std::string(label)}}, items);
}

Markup side_by_side(const Markup& heading, std::span<const PictureSet> sets) {
  Markup columns;
  bool few = true;  // pictures in each
  for (const PictureSet& set : sets) {
    few = few && set.pictures.size() < 3;
    Markup column = element("h4", set.heading);
    if (!set.note.empty()) column += element("p", {{"class", "note"}}, set.note);
    column += picture_grid(set.heading, set.pictures);
    columns += element("div", {{"class", "side"}}, column);
  }
  return element("div", {{"class", "compared"}},
                 {element("h3", heading), element("div", {{"class", few ? "sides few" : "sides"}}, columns)});
}

}  // namespace glimpse::report
