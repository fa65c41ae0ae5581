#include "bench/sample_pictures.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/file.h"
#include "image/decode.h"
#include "picture_files.h"

namespace glimpse::app {
namespace {

constexpr std::size_t kMaxPictures = 64;
constexpr std::size_t kMaxBytes = 256u << 20;

struct Band {
  double below;  ///< Megapixels.
  const char* name;
};
constexpr Band kBands[] = {
    {1, "under 1 megapixel"}, {4, "1 to 4 megapixels"}, {16, "4 to 16 megapixels"}, {1e9, "16 megapixels and more"}};

std::size_t band_of(double megapixels) {
  return static_cast<std::size_t>(std::ranges::find_if(kBands, [&](const Band& b) { return megapixels < b.below; }) -
                                  std::begin(kBands));
}

}  // namespace

Result<std::vector<SamplePictures>> sample_of_folder(const std::filesystem::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, picture_files(folder));
  std::map<std::tuple<std::size_t, image::ImageFormat>, SamplePictures> groups;
  const std::size_t wanted = std::min(kMaxPictures, files.size());
  std::size_t held = 0;
  for (std::size_t i = 0; i < wanted && held < kMaxBytes; ++i) {
    auto bytes = read_file(files[i * files.size() / wanted], kMaxBytes - held);
    if (!bytes || !image::decode(*bytes)) continue;
    const image::ImageHeader header = *image::probe(*bytes);
    const double megapixels = header.width * static_cast<double>(header.height) / 1e6;
    SamplePictures& group = groups[{band_of(megapixels), header.format}];
    group.format = image::name_of(header.format);
    group.size = kBands[band_of(megapixels)].name;
    group.megapixels += megapixels;
    held += bytes->size();
    group.files.push_back(*std::move(bytes));
  }
  std::vector<SamplePictures> samples;
  for (auto& [key, group] : groups) {
    group.megapixels /= static_cast<double>(group.files.size());
    samples.push_back(std::move(group));
  }
  if (samples.empty()) return Error::not_found("{}: expected pictures to measure with, found none", display(folder));
  return samples;
}

}  // namespace glimpse::app
