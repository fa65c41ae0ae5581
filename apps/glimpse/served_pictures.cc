#include "served_pictures.h"

#include <utility>

#include "base/file.h"

namespace glimpse::app {

server::Picture described(const library::Picture& picture, float score, std::string caption) {
  image::PictureDetails details = picture.details.value_or(image::PictureDetails());
  return {.id = picture.id.value,
          .path = display(picture.path),
          .name = display(picture.name),
          .width = picture.width,
          .height = picture.height,
          .score = score,
          .caption = std::move(caption),
          .format = picture.format,
          .size_bytes = picture.stamp.size_bytes,
          .modified_at_ms = picture.stamp.mtime_ns / 1'000'000,
          .taken_at_ms = details.taken_at_ms,
          .camera = std::move(details.camera),
          .lens = std::move(details.lens),
          .latitude = details.latitude,
          .longitude = details.longitude};
}

search::Page page_of(const server::SearchRequest& request) {
  return {.limit = static_cast<std::size_t>(request.limit),
          .offset = static_cast<std::size_t>(request.offset),
          .order = request.sort == server::Sort::kDate ? search::Order::kNewestFirst : search::Order::kBestFirst};
}

}  // namespace glimpse::app
