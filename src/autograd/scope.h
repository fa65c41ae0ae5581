#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "nn/graph.h"

namespace glimpse::autograd {

/// How much of a model is trained. The temperature (logit_scale, and SigLIP's logit_bias) is trained in all of them.
enum class ScopeKind {
  kWhole,       ///< Every tensor.
  kLastBlocks,  ///< The last `blocks` blocks of each tower and all that comes after them.
  kHeads,       ///< Only what brings a tower's output into the common space. The towers are never differentiated.
  kLora         ///< Every matrix of blocks and heads as W + (alpha/rank)·B·A, of which only A and B are trained.
};

struct Scope {
  ScopeKind kind = ScopeKind::kWhole;
  std::int64_t blocks = 2;  ///< kLastBlocks: of each tower.
  std::int64_t rank = 8;    ///< kLora. Source: Hu et al. 2021, sec. 4.1.
  double alpha = 16;        ///< kLora: the update's scale is alpha/rank.
};

/// "all", "last:2", "heads", "lora:8" or "lora:8:16" (rank, alpha; alpha is twice the rank unless given).
/// Errors: invalid_argument.
Result<Scope> parse_scope(std::string_view text);
std::string to_string(const Scope& scope);

/// Where in its tower a tensor lies, as its name in a published file tells.
enum class Place {
  kBefore,      ///< Embeddings, patches, and the norm that follows them.
  kBlock,       ///< A numbered block.
  kAfter,       ///< Behind the blocks: a final norm, attention pooling.
  kHead,        ///< The projection into the common space.
  kTemperature  ///< logit_scale, logit_bias.
};

struct Position {
  Place place = Place::kAfter;
  std::string tower = {};  ///< kBlock: the name up to the block's number.
  std::int64_t block = 0;  ///< kBlock: its number.
};

/// For Hugging Face's, open_clip's and OpenAI's spellings and our own of `dual`.
Position position_of(std::string_view tensor_name);

/// Decides by name and shape what a scope trains of one model.
class ScopeRule {
 public:
  /// names: of all tensors of the model's files, so that the number of blocks is known.
  ScopeRule(Scope scope, std::span<const std::string> names);

  const Scope& scope() const { return scope_; }
  /// Whether the tensor itself is trained.
  bool trains(std::string_view name) const;
  /// Whether the tensor gets a low-rank update.
  bool adapts(std::string_view name, const nn::Shape& shape) const;

 private:
  bool in_last_blocks(const Position& position) const;

  Scope scope_;
  std::map<std::string, std::int64_t, std::less<>> block_counts_;  ///< By tower.
};

}  // namespace glimpse::autograd
