// Ground truth that lies in a folder: texts beside pictures, labels as names of folders; and which form a source has.
#include <algorithm>

#include "base/file.h"
#include "evaluate/truth_builder.h"
#include "image/decode.h"
#include "library/scanner.h"

namespace glimpse::evaluate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTextBytes = 1 << 20;

/// Every picture file below, relative to the folder, in the scanner's order.
Result<std::vector<fs::path>> pictures_below(const fs::path& folder) {
  std::vector<fs::path> files;
  library::ScanOptions options;
  options.wanted = [](const fs::path& name) { return image::has_picture_extension(name.native()); };
  GLIMPSE_RETURN_IF_ERROR(
      library::scan(folder, options, [&](const library::FoundFile& file) { files.push_back(file.name); }));
  return files;
}

std::string label_of(const fs::path& picture) {
  std::string label = picture.parent_path().filename().native();
  std::ranges::replace(label, '_', ' ');
  return label;
}

Result<GroundTruth> detect_folder(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {"data.csv", "captions.csv"}) {
    if (fs::is_regular_file(folder / name, ignored)) return read_truth_table(folder / name);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto beside, read_texts_beside(folder));
  if (!beside.texts.empty()) return beside;
  GLIMPSE_ASSIGN_OR_RETURN(auto labels, read_folder_labels(folder));
  if (!labels.texts.empty()) return labels;
  return Error::unsupported(
      "{}: expected a data.csv (file_name,caption), texts beside the pictures, or sub-folders as labels; found none",
      display(folder));
}

Result<GroundTruth> detect_file(const fs::path& file) {
  const std::string extension = file.extension().native();
  if (extension == ".csv") return read_truth_table(file);
  if (extension == ".json") return read_coco_captions(file);
  if (extension == ".txt" || extension == ".token") return read_flickr_tokens(file);
  return Error::unsupported("{}: expected .csv, .json (COCO) or .txt and .token (Flickr), got '{}'", display(file),
                            extension);
}

}  // namespace

Result<GroundTruth> read_texts_beside(const fs::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, pictures_below(folder));
  TruthBuilder truth(TruthForm::kTexts);
  for (const fs::path& picture : pictures) {
    const fs::path file = fs::path(folder / picture).replace_extension(".txt");
    const auto text = read_text_file(file, kMaxTextBytes);
    if (!text && text.error().code() == ErrorCode::kNotFound) continue;
    if (!text) {
      truth.broken(display(file), text.error().message());
      continue;
    }
    for (std::string_view rest = *text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) truth.add(picture.native(), line, display(file));
    }
  }
  return truth.take();
}

Result<GroundTruth> read_folder_labels(const fs::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, pictures_below(folder));
  TruthBuilder truth(TruthForm::kFolders);
  for (const fs::path& picture : pictures) {
    if (picture.has_parent_path()) truth.add(picture.native(), label_of(picture), display(picture));
  }
  return truth.take();
}

Result<GroundTruth> read_ground_truth(const fs::path& source, TruthForm form) {
  std::error_code error;
  const auto kind = fs::status(source, error).type();
  if (kind == fs::file_type::not_found) return Error::not_found("{}: no such file or folder", display(source));
  switch (form) {
    case TruthForm::kDetect:
      return kind == fs::file_type::directory ? detect_folder(source) : detect_file(source);
    case TruthForm::kTable:
      return read_truth_table(source);
    case TruthForm::kCoco:
      return read_coco_captions(source);
    case TruthForm::kFlickr:
      return read_flickr_tokens(source);
    case TruthForm::kTexts:
      return read_texts_beside(source);
    case TruthForm::kFolders:
      return read_folder_labels(source);
    case TruthForm::kQueries:
      return Error::invalid_argument("{}: a query file asks about a folder of pictures, and is read beside it",
                                     display(source));
  }
  return Error::internal("an unknown form of ground truth");
}

}  // namespace glimpse::evaluate
