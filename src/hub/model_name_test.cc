#include "hub/model_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace glimpse::hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string repository_of(std::string_view name) {
  const auto model = resolve(name);
  return model ? model->repository : model.error().message();
}

TEST(ModelName, EverySpellingOfOneModelMeansOneRepository) {
  for (const char* name :
       {"openai/clip-vit-base-patch32", "ViT-B-32__openai", "ViT-B-32::openai", "ViT-B/32", "vit-b-32",
        "ViT-B-32:openai", "ViT-B-32/openai", "ViT-B-32-quickgelu::openai", "ViT-B-32-quickgelu__openai"}) {
    EXPECT_EQ(repository_of(name), "openai/clip-vit-base-patch32") << name;
  }
  for (const char* name : {"ViT-B-32__laion2b-s34b-b79k", "ViT-B-32::laion2b_s34b_b79k", "ViT-B-32/laion2b_s34b_b79k",
                           "ViT-B/32::laion2b-s34b-b79k", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"}) {
    EXPECT_EQ(repository_of(name), "laion/CLIP-ViT-B-32-laion2B-s34B-b79K") << name;
  }
  for (const char* name : {"ViT-L/14@336px", "ViT-L-14-336::openai", "ViT-L-14-336__openai"}) {
    EXPECT_EQ(repository_of(name), "openai/clip-vit-large-patch14-336") << name;
  }
  EXPECT_EQ(repository_of("ViT-B-16-SigLIP__webli"), "google/siglip-base-patch16-224");
  EXPECT_EQ(repository_of("ViT-B-16-SigLIP2__webli"), "google/siglip2-base-patch16-224");
  EXPECT_EQ(repository_of("ViT-B-32::datacomp_xl_s13b_b90k"), "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K");
  EXPECT_EQ(repository_of("ViT-H-14__laion2b-s32b-b79k"), "laion/CLIP-ViT-H-14-laion2B-s32B-b79K");
  for (const char* name : {"Salesforce/blip-itm-base-coco", "blip-itm-base-coco", "blip_itm_base_coco", "BLIP-ITM-Base",
                           "blip-itm-base::coco", "blip_image_text_matching/base"}) {
    EXPECT_EQ(repository_of(name), "Salesforce/blip-itm-base-coco") << name;
  }
  EXPECT_EQ(repository_of("blip_caption:large_coco"), "Salesforce/blip-image-captioning-large");
  EXPECT_EQ(repository_of("coca_ViT-B-32__laion2b-s13b-b90k"), "laion/CoCa-ViT-B-32-laion2B-s13B-b90k");
}

TEST(ModelName, EveryRowOfTheTableIsFoundInEverySpelling) {
  for (const TableRow& row : model_table()) {
    for (const char* separator : {"::", ":", "__", "/"}) {
      const std::string name = fmt::format("{}{}{}", row.architecture, separator, row.tag);
      EXPECT_EQ(repository_of(name), row.repository) << name;
    }
  }
}

/// Names that open_clip's list_pretrained() has, one a line: architecture and tag.
std::vector<std::pair<std::string, std::string>> names_of_open_clip() {
  std::ifstream file(std::filesystem::path(GLIMPSE_TEST_DATA) / "hub/open_clip_names.txt");
  std::vector<std::pair<std::string, std::string>> names;
  for (std::string architecture, tag; file >> architecture >> tag;) names.emplace_back(architecture, tag);
  return names;
}

TEST(ModelName, EveryNameOfOpenClipMeansARepositoryOrIsRefusedWithItsReason) {
  const auto names = names_of_open_clip();
  EXPECT_EQ(names.size(), 196u);
  std::size_t refused = 0;
  for (const auto& [architecture, tag] : names) {
    for (const char* separator : {"::", "__", "/"}) {
      const auto model = resolve(architecture + separator + tag);
      // Behind a slash, what is no architecture of ours is taken for a repository.
      if (model) {
        EXPECT_TRUE(model->repository.find('/') != std::string::npos);
      } else {
        EXPECT_EQ(model.error().code(), ErrorCode::kUnsupported) << model.error().message();
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 2 * 86u);
}

TEST(ModelName, ARepositoryMayHaveARevision) {
  const auto model = resolve("someone/my-clip@v1.0");
  ASSERT_TRUE(model);
  EXPECT_EQ(*model, (ModelName{"someone/my-clip", "v1.0"}));
  EXPECT_EQ(resolve("someone/my-clip")->revision, "main");
}

TEST(ModelName, WhatCannotRunIsRefusedWithTheReason) {
  EXPECT_THAT(repository_of("MobileCLIP-S1::datacompdr"), AllOf(HasSubstr("FastViT"), HasSubstr("ViT-B-32")));
  EXPECT_THAT(repository_of("MobileCLIP2-S4::dfndr2b"), HasSubstr("MobileCLIP"));
  EXPECT_THAT(repository_of("ViT-L-14-CLIPA::datacomp1b"), HasSubstr("CLIPA"));
  EXPECT_THAT(repository_of("ViT-H-14-worldwide-378"), HasSubstr("MetaCLIP 2"));
  EXPECT_THAT(repository_of("RN50__openai"), HasSubstr("ResNet"));
  EXPECT_THAT(repository_of("XLM-Roberta-Large-Vit-B-32"), HasSubstr("XLM-RoBERTa"));
  EXPECT_EQ(resolve("RN50::openai").error().code(), ErrorCode::kUnsupported);
}

TEST(ModelName, AnUnknownNameIsAnsweredWithNearOnes) {
  EXPECT_THAT(repository_of("ViT-B-32::openia"), HasSubstr("ViT-B-32::openai"));
  EXPECT_EQ(resolve("ViT-B-32::openia").error().code(), ErrorCode::kNotFound);
  for (const char* name : {"", "clip", "a/b/c", "../etc", "a/..", "/a", "a/b@../c", "a b/c", "a/b?x=1", "a/b#c"}) {
    EXPECT_EQ(resolve(name).error().code(), ErrorCode::kNotFound) << name;
  }
  EXPECT_EQ(resolve(std::string(1000, 'a')).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse::hub
