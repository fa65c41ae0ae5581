#include "qdrant/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/utf8.h"

namespace glimpse::qdrant {
namespace {

constexpr std::string_view kLibraryKey = "library_id";

// Drawn once; part of the format of every collection of ours.
constexpr Uuid kPictures{
    {0x6f, 0x1d, 0x3b, 0x52, 0x9c, 0x0a, 0x4e, 0x87, 0xb5, 0x21, 0x7d, 0xe4, 0x08, 0x66, 0xfa, 0x13}};

// Years 1 to 9999: what RFC 3339 can say.
constexpr std::int64_t kFirstMs = -62'135'596'800'000, kLastMs = 253'402'300'799'999;

std::optional<std::int64_t> sayable(std::optional<std::int64_t> ms) {
  return ms && *ms >= kFirstMs && *ms <= kLastMs ? ms : std::nullopt;
}

std::optional<Place> place_of(const library::RemoteCandidate& candidate) {
  if (!candidate.latitude || !candidate.longitude) return std::nullopt;
  const Place place{*candidate.latitude, *candidate.longitude};
  // Written so that a NaN fails too: one point that Qdrant refuses would hold up its whole batch.
  const bool on_earth = std::abs(place.latitude) <= 90 && std::abs(place.longitude) <= 180;
  return on_earth ? std::optional(place) : std::nullopt;
}

std::string root_key(library::RootId id) { return fmt::format("root_label/{}", id.value); }

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string folder_name(const library::Root& root) {
  auto name = valid_utf8(root.path.filename().native());
  if (name.empty()) name = valid_utf8(root.path.parent_path().filename().native());
  return name.empty() ? "root" : name;
}

Result<std::string> choose_library(library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(auto known, library.setting(kLibraryKey));
  if (known) return *std::move(known);
  std::string id = random_id();
  GLIMPSE_RETURN_IF_ERROR(library.set_setting(kLibraryKey, id));
  return id;
}

}  // namespace

Result<Labels> Labels::read(const library::Library& library) {
  Labels labels;
  GLIMPSE_ASSIGN_OR_RETURN(const auto id, library.setting(kLibraryKey));
  labels.library = id.value_or("");
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const auto& root : roots) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto label, library.setting(root_key(root.id)));
    if (label) labels.roots[root.id.value] = *label;
  }
  return labels;
}

Result<Labels> Labels::choose(library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(Labels labels, read(library));
  GLIMPSE_ASSIGN_OR_RETURN(labels.library, choose_library(library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const auto& root : roots) {
    if (labels.roots.contains(root.id.value)) continue;
    std::string label = folder_name(root);
    const bool taken = std::ranges::any_of(labels.roots, [&](const auto& other) { return other.second == label; });
    if (taken) label += fmt::format("-{}", root.id.value);
    GLIMPSE_RETURN_IF_ERROR(library.set_setting(root_key(root.id), label));
    labels.roots[root.id.value] = std::move(label);
  }
  return labels;
}

Result<void> Labels::adopt(library::Library& library, const std::string& lost) {
  const bool is_id = lost.size() == 32 && lost.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_id) {
    return Error::invalid_argument(
        "'{}': expected the id of a library, 32 hexadecimal digits: 'library' in the payload of its points", lost);
  }
  return library.set_setting(kLibraryKey, lost);
}

Payload payload_of(const library::RemoteCandidate& candidate, const Labels& labels, const library::Generation& model) {
  const library::Picture& picture = candidate.picture;
  const auto label = labels.roots.find(picture.root.value);
  return Payload{.image_path = picture.name.generic_string(),
                 .root = label == labels.roots.end() ? std::string() : label->second,
                 .library = labels.library,
                 .content = picture.content.hex(),
                 .model = model.model,
                 .fingerprint = model.fingerprint,
                 .format = picture.format,
                 .width = picture.width,
                 .height = picture.height,
                 .size_bytes = static_cast<std::int64_t>(picture.stamp.size_bytes),
                 .modified_at_ms = picture.stamp.mtime_ns / 1'000'000,
                 .taken_at_ms = sayable(candidate.taken_at_ms),
                 .camera = candidate.camera,
                 .lens = candidate.lens,
                 .location = place_of(candidate)};
}

Uuid point_of(const Payload& payload) {
  return uuid_of_name(
      kPictures, fmt::format("{}\n{}\n{}\n{}", payload.content, payload.library, payload.root, payload.image_path));
}

}  // namespace glimpse::qdrant
