#include "qdrant/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/utf8.h"
#include "qdrant/filter.h"
#include "qdrant/payload_json.h"

namespace glimpse::qdrant {
namespace {

constexpr std::size_t kMaxPathBytes = 16'384;
constexpr int kMaxSide = 1 << 24;

constexpr std::array<IndexedKey, 17> kIndexedKeys = {{{"image_path", "keyword"},
                                                      {"root", "keyword"},
                                                      {"library", "keyword"},
                                                      {"fingerprint", "keyword"},
                                                      {"folders", "keyword"},
                                                      {"format", "keyword"},
                                                      {"shape", "keyword"},
                                                      {"camera", "keyword"},
                                                      {"lens", "keyword"},
                                                      {"width", "integer"},
                                                      {"height", "integer"},
                                                      {"pixels", "integer"},
                                                      {"size_bytes", "integer"},
                                                      {"date", "datetime"},
                                                      {"modified_at", "datetime"},
                                                      {"taken_at", "datetime"},
                                                      {"location", "geo"}}};

std::string hex_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::string pair(hex.substr(i, 2));
    bytes += static_cast<char>(std::strtol(pair.c_str(), nullptr, 16));
  }
  return bytes;
}

/// "a/b/c.jpg" of the root "trips" → "trips", "a", "trips/a", "a/b", "trips/a/b".
Json folders_of(const Payload& payload) {
  Json folders = Json::array();
  const std::string path = valid_utf8(payload.image_path);
  if (!payload.root.empty()) folders.push_back(payload.root);
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    folders.push_back(path.substr(0, slash));
    if (!payload.root.empty()) folders.push_back(payload.root + "/" + path.substr(0, slash));
  }
  return folders;
}

// Square: the sides differ by less than 3 % of the longer one.
const char* shape_of(int width, int height) {
  if (std::abs(width - height) * 100 < 3 * std::max(width, height)) return "square";
  return width > height ? "landscape" : "portrait";
}

std::string text_at(const Json& object, std::string_view key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t number_at(const Json& object, std::string_view key, std::int64_t most) {
  const Json& value = member(object, key);
  if (!value.is_number_integer()) return 0;
  return std::clamp<std::int64_t>(value.get<std::int64_t>(), 0, most);
}

void put_details(Json& json, const Payload& payload) {
  if (payload.taken_at_ms) json["taken_at"] = rfc3339(*payload.taken_at_ms);
  if (!payload.camera.empty()) json["camera"] = valid_utf8(payload.camera);
  if (!payload.lens.empty()) json["lens"] = valid_utf8(payload.lens);
  if (payload.location) json["location"] = {{"lat", payload.location->latitude}, {"lon", payload.location->longitude}};
}

}  // namespace

std::string to_json(const Payload& payload) {
  Json json = {{"image_path", valid_utf8(payload.image_path)},
               {"root", payload.root},
               {"library", payload.library},
               {"content", payload.content},
               {"model", valid_utf8(payload.model)},
               {"fingerprint", payload.fingerprint},
               {"format", payload.format},
               {"width", payload.width},
               {"height", payload.height},
               {"pixels", std::int64_t{payload.width} * payload.height},
               {"shape", shape_of(payload.width, payload.height)},
               {"size_bytes", payload.size_bytes},
               {"folders", folders_of(payload)}};
  if (!is_valid_utf8(payload.image_path)) json["image_path_hex"] = hex_of(payload.image_path);
  const auto date = payload.taken_at_ms ? payload.taken_at_ms : payload.modified_at_ms;
  if (date) json["date"] = rfc3339(*date);
  if (payload.modified_at_ms) json["modified_at"] = rfc3339(*payload.modified_at_ms);
  put_details(json, payload);
  return text_of(json);
}

Payload payload_from(const Json& json) {
  Payload payload{.image_path = text_at(json, "image_path"),
                  .root = text_at(json, "root"),
                  .library = text_at(json, "library"),
                  .content = text_at(json, "content"),
                  .model = text_at(json, "model"),
                  .fingerprint = text_at(json, "fingerprint"),
                  .format = text_at(json, "format"),
                  .width = static_cast<int>(number_at(json, "width", kMaxSide)),
                  .height = static_cast<int>(number_at(json, "height", kMaxSide)),
                  .size_bytes = number_at(json, "size_bytes", INT64_MAX),
                  .camera = text_at(json, "camera"),
                  .lens = text_at(json, "lens")};
  if (const std::string hex = text_at(json, "image_path_hex"); !hex.empty()) payload.image_path = bytes_of(hex);
  if (payload.image_path.size() > kMaxPathBytes || payload.image_path.find('\0') != std::string::npos) {
    payload.image_path.clear();
  }
  return payload;
}

std::span<const IndexedKey> indexed_keys() { return kIndexedKeys; }

}  // namespace glimpse::qdrant
