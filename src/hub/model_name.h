#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glimpse::hub {

/// A model on the hub: "openai/clip-vit-base-patch32" at a branch, tag or commit.
struct ModelName {
  std::string repository;
  std::string revision = "main";
  bool operator==(const ModelName&) const = default;
};

/// Finds the repository that a name means, in any of the field's spellings (upper and lower case, '-' and '_' are the
/// same to it, but in repositories):
///   Hugging Face   openai/clip-vit-base-patch32, owner/name@revision
///   OpenAI         ViT-B/32, ViT-L/14@336px
///   open_clip      ViT-B-32/laion2b_s34b_b79k, ViT-B-32:laion2b_s34b_b79k, ViT-B-32-quickgelu:openai
///   immich         ViT-B-32__openai, ViT-B-16-SigLIP2__webli
///   clip-as-service  ViT-B-32::openai, ViT-B/32
/// An architecture alone means OpenAI's weights, or webli's of SigLIP.
/// Errors: unsupported (a family that this program does not run, with the reason); not_found (names that are near).
Result<ModelName> resolve(std::string_view name);

/// One published model, as model_table.cc lists them.
struct TableRow {
  std::string_view architecture, tag, repository;
};
std::span<const TableRow> model_table();

}  // namespace glimpse::hub
