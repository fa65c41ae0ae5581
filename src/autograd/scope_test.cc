#include "autograd/scope.h"

#include <gtest/gtest.h>

#include <vector>

namespace glimpse::autograd {
namespace {

struct Row {
  const char* name;
  Place place;
  std::int64_t block = 0;
};

TEST(Position, EveryPublishedSpelling) {
  constexpr std::array rows = {
      Row{"vision_model.embeddings.class_embedding", Place::kBefore},
      Row{"vision_model.pre_layrnorm.weight", Place::kBefore},
      Row{"vision_model.encoder.layers.11.mlp.fc1.weight", Place::kBlock, 11},
      Row{"vision_model.post_layernorm.weight", Place::kAfter},
      Row{"visual_projection.weight", Place::kHead},
      Row{"module.visual_projection.weight", Place::kHead},
      Row{"text_model.final_layer_norm.bias", Place::kAfter},
      Row{"positional_embedding", Place::kBefore},
      Row{"visual.conv1.weight", Place::kBefore},
      Row{"visual.ln_pre.bias", Place::kBefore},
      Row{"visual.transformer.resblocks.3.attn.in_proj_weight", Place::kBlock, 3},
      Row{"text.transformer.resblocks.7.ln_1.bias", Place::kBlock, 7},
      Row{"visual.attn_pool.query", Place::kAfter},
      Row{"text.cls_emb", Place::kBefore},
      Row{"text_decoder.cross_attn.1.attn.in_proj_weight", Place::kBlock, 1},
      Row{"text_decoder.ln_final.weight", Place::kAfter},
      Row{"text_decoder.text_projection", Place::kAfter},
      Row{"visual.proj", Place::kHead},
      Row{"text_projection", Place::kHead},
      Row{"text.text_projection", Place::kHead},
      Row{"vision_model.head.attention.in_proj_weight", Place::kHead},
      Row{"text_encoder.encoder.layer.2.attention.self.key.weight", Place::kBlock, 2},
      Row{"text_encoder.embeddings.LayerNorm.weight", Place::kBefore},
      Row{"vision_proj.bias", Place::kHead},
      Row{"_conv_stem.weight", Place::kBefore},
      Row{"_blocks.22._bn2.weight", Place::kBlock, 22},
      Row{"_conv_head.weight", Place::kAfter},
      Row{"encoder.layer.5.output.dense.weight", Place::kBlock, 5},
      Row{"heads.2.image.weight", Place::kHead},
      Row{"projection.weight", Place::kHead},
      Row{"image.label_embeddings", Place::kAfter},
      Row{"logit_scale", Place::kTemperature},
      Row{"module.logit_bias", Place::kTemperature},
  };
  for (const Row& row : rows) {
    const Position position = position_of(row.name);
    EXPECT_EQ(position.place, row.place) << row.name;
    EXPECT_EQ(position.block, row.block) << row.name;
  }
}

const std::vector<std::string> kNames = {"vision_model.embeddings.class_embedding",
                                         "vision_model.encoder.layers.0.mlp.fc1.weight",
                                         "vision_model.encoder.layers.3.mlp.fc1.weight",
                                         "vision_model.post_layernorm.weight",
                                         "visual_projection.weight",
                                         "text_model.encoder.layers.0.mlp.fc1.weight",
                                         "text_model.encoder.layers.1.mlp.fc1.weight",
                                         "logit_scale"};

std::vector<std::string> trained(const Scope& scope) {
  const ScopeRule rule(scope, kNames);
  std::vector<std::string> names;
  for (const std::string& name : kNames) {
    if (rule.trains(name)) names.push_back(name);
  }
  return names;
}

TEST(ScopeRule, LastBlocksAreCountedByTower) {
  EXPECT_EQ(trained({.kind = ScopeKind::kLastBlocks, .blocks = 1}),
            (std::vector<std::string>{"vision_model.encoder.layers.3.mlp.fc1.weight",
                                      "vision_model.post_layernorm.weight", "visual_projection.weight",
                                      "text_model.encoder.layers.1.mlp.fc1.weight", "logit_scale"}));
  EXPECT_EQ(trained({.kind = ScopeKind::kHeads}),
            (std::vector<std::string>{"visual_projection.weight", "logit_scale"}));
  EXPECT_EQ(trained({.kind = ScopeKind::kLora}), (std::vector<std::string>{"logit_scale"}));
  EXPECT_EQ(trained({}), kNames);
}

TEST(ScopeRule, LoraChangesMatricesOfBlocksAndHeads) {
  const ScopeRule rule({.kind = ScopeKind::kLora}, kNames);
  EXPECT_TRUE(rule.adapts("vision_model.encoder.layers.3.mlp.fc1.weight", {96, 48}));
  EXPECT_TRUE(rule.adapts("visual_projection.weight", {32, 48}));
  EXPECT_FALSE(rule.adapts("vision_model.encoder.layers.3.mlp.fc1.bias", {96}));
  EXPECT_FALSE(rule.adapts("_blocks.3._depthwise_conv.weight", {96, 1, 3, 3}));
  EXPECT_FALSE(rule.adapts("text_model.embeddings.token_embedding.weight", {521, 48}));
}

TEST(Scope, RoundTripAndRefusals) {
  for (const char* text : {"all", "last:3", "heads", "lora:4:32"}) {
    const auto scope = parse_scope(text);
    ASSERT_TRUE(scope) << text;
    EXPECT_EQ(to_string(*scope), text);
  }
  EXPECT_EQ(to_string(*parse_scope("lora:8")), "lora:8:16");
  for (const char* text : {"", "last", "last:", "last:0", "last:2x", "lora:", "lora:8:", "lora:1025", "head"}) {
    EXPECT_FALSE(parse_scope(text)) << text;
  }
}

}  // namespace
}  // namespace glimpse::autograd
