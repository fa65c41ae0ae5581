// What is measured on pictures that were learnt from, under another name or label, says nothing: so a held-out picture
// may not come in by this door either.
#include "new_heads/labelled.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/file.h"
#include "base/sha1.h"
#include "image/decode.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

struct HeldOut {
  std::set<fs::path> names;
  std::set<std::string> contents;  ///< SHA-1
};

HeldOut held_out_of(const train::Dataset& data, const train::Split& split) {
  HeldOut held_out;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    if (split.parts[i] == train::Part::kTrain) continue;
    held_out.names.insert(data.path_of(i).lexically_normal());
    held_out.contents.insert(data.pictures[i].sha1);
  }
  return held_out;
}

enum class Use { kLearn, kMissing, kHeldOut };

Result<Use> use_of(const fs::path& picture, const HeldOut& held_out) {
  if (held_out.names.contains(picture.lexically_normal())) return Use::kHeldOut;
  const auto bytes = read_file(picture, image::DecodeLimits{}.max_bytes);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return Use::kMissing;
  GLIMPSE_RETURN_IF_ERROR(bytes);
  return held_out.contents.contains(sha1(*bytes)) ? Use::kHeldOut : Use::kLearn;
}

void say(const fs::path& table, const char* what, std::size_t count) {
  if (count > 0) fmt::print(stderr, "{}: {}: {}\n", display(table), what, count);
}

}  // namespace

Result<evaluate::GroundTruth> read_labelled(const fs::path& table, const fs::path& folder, const train::Dataset& data,
                                            const train::Split& split) {
  GLIMPSE_ASSIGN_OR_RETURN(auto truth, evaluate::read_ground_truth(table));
  const HeldOut held_out = held_out_of(data, split);
  std::vector<Use> uses;
  for (const fs::path& picture : truth.pictures) {
    GLIMPSE_ASSIGN_OR_RETURN(const Use use, use_of(folder / picture, held_out));
    uses.push_back(use);
  }
  for (auto& text : truth.texts) {
    std::erase_if(text.pictures, [&](std::size_t picture) { return uses[picture] != Use::kLearn; });
  }
  for (const std::string& remark : truth.remarks) fmt::print(stderr, "{}\n", remark);
  const auto count = [&](Use use) { return static_cast<std::size_t>(std::ranges::count(uses, use)); };
  say(table, "labelled pictures that are held out of training, left out", count(Use::kHeldOut));
  say(table, "labelled pictures that are missing, left out", count(Use::kMissing));
  return truth;
}

}  // namespace glimpse::app
