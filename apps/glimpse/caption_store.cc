#include "caption_store.h"

namespace glimpse::app {

CaptionStore::CaptionStore(std::unique_ptr<CaptionFile> file, CaptionPlace* place, library::CaptionMaker maker)
    : file_(std::move(file)), place_(place), maker_(std::move(maker)) {
  if (place_ != nullptr) group_.emplace(place_->library());
}

Result<void> CaptionStore::consider(const library::FoundFile& found) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto content, content_of(found));
  std::optional<std::string> known;
  if (content) {
    GLIMPSE_ASSIGN_OR_RETURN(known, place_->library().caption_by(maker_, *content));
  }
  const std::string* written = file_ ? file_->find(found.name.native()) : nullptr;
  if (written == nullptr && !known) {
    if (!file_ && !content) return {};  // nowhere to put a caption
    waiting_.push_back(found.name);
    contents_.push_back(content);
    return {};
  }
  ++already_;
  if (written != nullptr && content && !known) return take_from_file(*content, *written);
  if (written == nullptr && file_) return take_from_library(found.name, *known);
  return {};
}

Result<std::optional<Hash128>> CaptionStore::content_of(const library::FoundFile& found) {
  if (place_ == nullptr) return std::optional<Hash128>();
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, place_->find(found.name));
  // What was written to since it was indexed may show something else.
  if (picture && picture->stamp == found.stamp) return std::optional(picture->content);
  ++not_indexed_;
  return std::optional<Hash128>();
}

Result<void> CaptionStore::take_from_file(const Hash128& content, const std::string& caption) {
  const auto maker = file_maker(file_->path());
  GLIMPSE_ASSIGN_OR_RETURN(const auto known, place_->library().caption_by(maker, content));
  if (!can_be_stored(caption) || known == caption) return {};
  group_->batch().put_caption(content, {maker, caption});
  ++stored_;
  return group_->due() ? finish() : Result<void>();
}

Result<void> CaptionStore::take_from_library(const std::filesystem::path& name, const std::string& caption) {
  return file_->append(name.native(), caption);
}

Result<void> CaptionStore::put(std::size_t index, const std::string& caption) {
  if (file_) unwritten_.emplace_back(waiting_[index].native(), caption);
  if (contents_[index] && can_be_stored(caption)) {
    group_->batch().put_caption(*contents_[index], {maker_, caption});
    ++stored_;
  }
  return !group_ || group_->due() || group_->batch().empty() ? finish() : Result<void>();
}

Result<void> CaptionStore::finish() {
  if (group_) GLIMPSE_RETURN_IF_ERROR(group_->commit());
  for (const auto& [name, caption] : unwritten_) GLIMPSE_RETURN_IF_ERROR(file_->append(name, caption));
  unwritten_.clear();
  return {};
}

}  // namespace glimpse::app
