// EfficientNet-Lite from PyTorch files with the names of EfficientNet-PyTorch (`_conv_stem`, `_blocks.0._expand_conv`).
// The seven stages are those of EfficientNet-B0; a width factor scales channels (rounded to multiples of 8, never down
// by more than a tenth), a depth factor the repeats of all stages but the first and the last.
// Source: Tan, Le 2019, table 1; tensorflow/tpu efficientnet/lite/efficientnet_lite_builder.py.
#include "models/efficientnet_lite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

constexpr float kNormEpsilon = 1e-3f;

/// In bf16 almost all of the error arises in the stem and the first two blocks. Lite2 on 32 photographs, worst and
/// median cosine of the logits to f32: all in bf16 0.9955, 0.9991; these in f32 0.9995, 0.9998, at the same speed.
constexpr std::size_t kLastPreciseBlock = 1;

/// The stages that Output::stages tells of. Those before them added nothing to what heads find.
constexpr std::size_t kFirstStageReadOut = 3;

struct Stage {
  int repeats;
  std::int64_t kernel, stride, expand_ratio, width;
};
constexpr std::array<Stage, 7> kStages = {{{1, 3, 1, 1, 16},
                                           {2, 3, 2, 6, 24},
                                           {2, 5, 2, 6, 40},
                                           {3, 3, 2, 6, 80},
                                           {3, 5, 1, 6, 112},
                                           {4, 5, 2, 6, 192},
                                           {1, 3, 1, 6, 320}}};

struct Variant {
  const char* name;
  double width, depth;
  std::int64_t image_size;
};
constexpr std::array<Variant, 5> kVariants = {{{"lite0", 1.0, 1.0, 224},
                                               {"lite1", 1.0, 1.1, 240},
                                               {"lite2", 1.1, 1.2, 260},
                                               {"lite3", 1.2, 1.4, 280},
                                               {"lite4", 1.4, 1.8, 300}}};

/// One block as the factors make it.
struct Block {
  std::string name;
  std::int64_t in, out, kernel, stride, expand_ratio;
  bool read_out;  ///< Whether it ends one of the stages that Output::stages tells of.
  std::int64_t expanded() const { return in * expand_ratio; }
};

std::int64_t scaled_width(std::int64_t width, double factor) {
  constexpr std::int64_t kMultiple = 8;
  const double wanted = static_cast<double>(width) * factor;
  std::int64_t rounded =
      std::max(kMultiple, static_cast<std::int64_t>(wanted + kMultiple / 2.0) / kMultiple * kMultiple);
  if (static_cast<double>(rounded) < 0.9 * wanted) rounded += kMultiple;
  return rounded;
}

std::vector<Block> blocks_of(const EfficientNetLiteConfig& config) {
  std::vector<Block> blocks;
  std::int64_t in = config.stem_width;
  for (std::size_t s = 0; s < kStages.size(); ++s) {
    const Stage& stage = kStages[s];
    const bool fixed = s == 0 || s + 1 == kStages.size();
    const int repeats = fixed ? stage.repeats : static_cast<int>(std::ceil(stage.repeats * config.depth_coefficient));
    const std::int64_t out = scaled_width(stage.width, config.width_coefficient);
    for (int r = 0; r < repeats; ++r, in = out) {
      blocks.push_back({.name = fmt::format("_blocks.{}.", blocks.size()),
                        .in = in,
                        .out = out,
                        .kernel = stage.kernel,
                        .stride = r == 0 ? stage.stride : 1,
                        .expand_ratio = stage.expand_ratio,
                        .read_out = s >= kFirstStageReadOut && r + 1 == repeats});
    }
  }
  return blocks;
}

void add_conv(std::vector<TensorSpec>& specs, const std::string& conv, const std::string& norm,
              checkpoint::Shape shape) {
  const std::int64_t channels = shape[0];
  specs.push_back({.name = conv + ".weight", .shape = std::move(shape)});
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    specs.push_back({.name = norm + part, .shape = {channels}});
  }
  const std::string counter = norm + ".num_batches_tracked";  // in every file, of use to training only
  specs.push_back({.name = counter, .shape = {}, .required = false});
}

nn::ConvNorm take_conv(const checkpoint::Weights& weights, const std::string& conv, const std::string& norm,
                       std::int64_t stride = 1, std::int64_t groups = 1) {
  return {.weight = weights.at(conv + ".weight"),
          .norm = nn::BatchNorm::named(weights, norm, kNormEpsilon),
          .stride = stride,
          .groups = groups};
}

}  // namespace

EfficientNetLiteConfig read_efficientnet_lite(ConfigReader& config, const std::string& prefix) {
  EfficientNetLiteConfig c;
  if (config.has(prefix + ".variant")) {
    const std::string name = config.text(prefix + ".variant");
    const auto* found =
        std::find_if(kVariants.begin(), kVariants.end(), [&](const Variant& v) { return v.name == name; });
    if (found == kVariants.end()) {
      config.problem(fmt::format("'{}.variant': expected lite0 to lite4, got \"{}\"", prefix, name));
      return c;
    }
    c.width_coefficient = found->width;
    c.depth_coefficient = found->depth;
    c.image_size = found->image_size;
    return c;
  }
  c.width_coefficient = config.number(prefix + ".width_coefficient", {0.05, 8});
  c.depth_coefficient = config.number(prefix + ".depth_coefficient", {0.05, 8});
  c.image_size = config.integer(prefix + ".image_size", {8, 2048});
  c.stem_width = config.integer(prefix + ".stem_width", {1, 4096}, c.stem_width);
  c.head_width = config.integer(prefix + ".head_width", {1, 16384}, c.head_width);
  c.classes = config.integer(prefix + ".classes", {1, 100'000}, c.classes);
  return c;
}

std::vector<TensorSpec> tensor_specs(const EfficientNetLiteConfig& config) {
  std::vector<TensorSpec> specs;
  add_conv(specs, "_conv_stem", "_bn0", {config.stem_width, 3, 3, 3});
  const std::vector<Block> blocks = blocks_of(config);
  for (const Block& b : blocks) {
    if (b.expand_ratio != 1) add_conv(specs, b.name + "_expand_conv", b.name + "_bn0", {b.expanded(), b.in, 1, 1});
    add_conv(specs, b.name + "_depthwise_conv", b.name + "_bn1", {b.expanded(), 1, b.kernel, b.kernel});
    add_conv(specs, b.name + "_project_conv", b.name + "_bn2", {b.out, b.expanded(), 1, 1});
  }
  add_conv(specs, "_conv_head", "_bn1", {config.head_width, blocks.back().out, 1, 1});
  specs.push_back({.name = "_fc.weight", .shape = {config.classes, config.head_width}});
  specs.push_back({.name = "_fc.bias", .shape = {config.classes}});
  return specs;
}

std::int64_t stages_width(const EfficientNetLiteConfig& config) {
  std::int64_t width = 0;
  for (const Block& b : blocks_of(config)) width += b.read_out ? b.out : 0;
  return width;
}

EfficientNetLite::EfficientNetLite(const EfficientNetLiteConfig& config, const checkpoint::Weights& weights)
    : stem_(take_conv(weights, "_conv_stem", "_bn0", 2)),
      head_(take_conv(weights, "_conv_head", "_bn1")),
      classifier_(nn::Linear::named(weights, "_fc")) {
  for (const Block& b : blocks_of(config)) {
    nn::MbConv block{
        .expand = std::nullopt,
        .depthwise = take_conv(weights, b.name + "_depthwise_conv", b.name + "_bn1", b.stride, b.expanded()),
        .project = take_conv(weights, b.name + "_project_conv", b.name + "_bn2")};
    if (b.expand_ratio != 1) block.expand = take_conv(weights, b.name + "_expand_conv", b.name + "_bn0");
    blocks_.push_back(std::move(block));
    read_out_.push_back(b.read_out);
  }
}

EfficientNetLite::Output EfficientNetLite::forward(nn::Graph& g, Value pixels) const {
  constexpr std::array<std::int64_t, 2> kOverThePicture{2, 3};
  std::vector<Value> stages;
  Value x = g.activate(stem_(g, pixels), nn::Activation::kRelu6);  // [B, stem, S/2, S/2]
  g.mark("stem", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x);  // [B, width of the stage, ...]
    g.mark(fmt::format("block.{}", i), x);
    if (i == kLastPreciseBlock) g.keep_precise(x);
    if (read_out_[i]) stages.push_back(g.mean(x, kOverThePicture));
  }
  x = g.activate(head_(g, x), nn::Activation::kRelu6);  // [B, head, S/32, S/32]
  const Value pooled = g.mean(x, kOverThePicture);      // [B, head]
  return {.pooled = pooled, .logits = classifier_(g, pooled), .stages = g.concat(stages, -1)};
}

}  // namespace glimpse::models
