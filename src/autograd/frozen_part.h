#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "autograd/split_graph.h"

// Internal to this room.
namespace glimpse::autograd {

/// Builds a tower's forward on `rows` rows (of `tokens` tokens, where it reads words) of anything.
using NoteForward = std::function<nn::Value(SplitGraph& g, std::int64_t rows, std::int64_t tokens)>;

/// What of a tower is frozen, and how its frontier is kept as bytes, a row at a time.
class FrozenPart {
 public:
  /// Notes the forward of one row and of two longer ones, and compares. Nothing when no part of it is frozen, when the
  /// trained part reads what is handed in as well (of pictures, which are then needed), or when the frontier is no row
  /// of one size, or of one size a token, for each row handed in. Throws what libtorch throws.
  static std::optional<FrozenPart> of(Parameters& parameters, bool bf16, const NoteForward& forward, bool reads_words,
                                      std::int64_t tokens);

  const SplitPlan& plan() const { return plan_; }
  /// The frontier's tensors of one row, one behind the other.
  static std::vector<std::byte> packed(std::span<const at::Tensor> frontier);
  /// The frontier's tensors of many rows; rows of fewer than `tokens` end in zeros.
  std::vector<at::Tensor> unpacked(std::span<const std::vector<std::byte>> rows, std::int64_t tokens) const;
  /// How many bytes a row of that many tokens has.
  std::size_t bytes_of_row(std::int64_t tokens) const;

 private:
  struct Kept {
    at::ScalarType type;
    nn::Shape shape;  ///< Of one row and, by token, of one token: without those dimensions.
    bool by_token;
    std::size_t bytes() const;
  };
  SplitPlan plan_;
  std::vector<Kept> kept_;
};

}  // namespace glimpse::autograd
