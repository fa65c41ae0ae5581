#include "hub/model_name.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace glimpse::hub {
namespace {

struct Unsupported {
  std::string_view prefix, what;
};
// Folded spellings. What open_clip and immich list and we do not run.
constexpr std::array<Unsupported, 17> kUnsupported = {
    {{"rn50", "a ResNet"},
     {"rn101", "a ResNet"},
     {"convnext", "a ConvNeXt"},
     {"mobileclip", "a MobileCLIP (FastViT)"},
     {"eva", "an EVA tower"},
     {"xlm-roberta", "a model with XLM-RoBERTa for the words"},
     {"roberta", "a model with RoBERTa for the words"},
     {"mt5", "a model with mT5 for the words"},
     {"nllb", "a model with NLLB for the words"},
     {"vitamin", "a ViTamin"},
     {"pe-", "a Perception Encoder"},
     {"m-clip", "M-CLIP"},
     {"vit-l-14-clipa", "a CLIPA"},
     {"vit-h-14-clipa", "a CLIPA"},
     {"vit-bigg-14-clipa", "a CLIPA"},
     {"vit-h-14-worldwide", "a MetaCLIP 2, whose words are XLM-V's"},
     {"vit-bigg-14-worldwide", "a MetaCLIP 2, whose words are XLM-V's"}}};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) out.push_back(c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  return out;
}

bool is_repository_part(std::string_view part) {
  return !part.empty() && part.size() <= 96 && part.front() != '.' && part.front() != '-' &&
         part.find("..") == std::string_view::npos && std::ranges::all_of(part, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == '_';
         });
}

/// Architecture and tag of a spelling; the tag may be empty.
struct Parts {
  std::string architecture, tag;
};

std::optional<Parts> split_at(std::string_view name, std::string_view separator) {
  const auto at = name.rfind(separator);
  if (at == std::string_view::npos) return std::nullopt;
  return Parts{std::string(name.substr(0, at)), std::string(name.substr(at + separator.size()))};
}

bool is_architecture(std::string_view name) {
  return std::ranges::any_of(model_table(), [&](const TableRow& row) { return folded(row.architecture) == name; });
}

// OpenAI writes "ViT-L/14@336px" for what the others call "ViT-L-14-336".
std::string without_openai_spelling(std::string name) {
  if (name.size() > 5 && name.starts_with("vit-") && name[5] == '/') name[5] = '-';
  if (const auto at = name.find("@336px"); at != std::string::npos) name.replace(at, 6, "-336");
  return name;
}

Parts parts_of(std::string_view name) {
  // immich's "__" must be seen before '_' and '-' become one.
  for (const std::string_view separator : {"__", "::", ":"}) {
    if (auto parts = split_at(name, separator)) {
      return {without_openai_spelling(folded(parts->architecture)), folded(parts->tag)};
    }
  }
  const std::string whole = without_openai_spelling(folded(name));
  if (auto parts = split_at(whole, "/"); parts && is_architecture(parts->architecture)) return *std::move(parts);
  return {whole, ""};
}

std::optional<ModelName> in_table(const Parts& parts) {
  for (const TableRow& row : model_table()) {
    if (folded(row.architecture) != parts.architecture) continue;
    // A name without a tag means the first row of its architecture.
    if (parts.tag.empty() || folded(row.tag) == parts.tag) return ModelName{.repository = std::string(row.repository)};
  }
  return std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

std::vector<std::string> nearest(const std::string& name) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const TableRow& row : model_table()) {
    const auto spelling = fmt::format("{}::{}", row.architecture, row.tag);
    ranked.emplace_back(edit_distance(name, folded(spelling)), spelling);
  }
  std::ranges::sort(ranked);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, ranked.size()); ++i) names.push_back(ranked[i].second);
  return names;
}

std::optional<ModelName> as_repository(std::string_view name) {
  ModelName model{.repository = std::string(name)};
  if (const auto at = name.rfind('@'); at != std::string_view::npos) {
    model.repository = name.substr(0, at);
    model.revision = name.substr(at + 1);
    if (!is_repository_part(model.revision)) return std::nullopt;
  }
  const auto slash = model.repository.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string_view repository = model.repository;
  if (!is_repository_part(repository.substr(0, slash)) || !is_repository_part(repository.substr(slash + 1))) {
    return std::nullopt;
  }
  return model;
}

}  // namespace

Result<ModelName> resolve(std::string_view name) {
  if (name.size() > 256) return Error::invalid_argument("a model's name of {} bytes, the limit is 256", name.size());
  const Parts parts = parts_of(name);
  if (auto found = in_table(parts)) return *std::move(found);
  for (const Unsupported& family : kUnsupported) {
    if (name.find('/') != std::string_view::npos || !parts.architecture.starts_with(family.prefix)) continue;
    return Error::unsupported(
        "model '{}' is {}, which this program does not run: take a vision transformer such as "
        "ViT-B-32::laion2b_s34b_b79k, or a SigLIP",
        name, family.what);
  }
  if (!is_architecture(parts.architecture)) {
    if (auto repository = as_repository(name)) return *std::move(repository);
  }
  return Error::not_found("no model is called '{}': near are {}; a Hugging Face repository is owner/name", name,
                          fmt::join(nearest(fmt::format("{}::{}", parts.architecture, parts.tag)), ", "));
}

}  // namespace glimpse::hub
