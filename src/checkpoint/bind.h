#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

/// Where a family of published files keeps a tensor.
struct TensorSource {
  std::string name;
  int part = 0, parts = 1;  ///< It is the part-th of `parts` equal blocks of rows: query, key and value lie in one.
  bool transposed = false;  ///< The file has the two axes the other way round: [in, out].
};

/// A tensor that a model needs: our name, where published files keep it (first found wins), its shape.
struct TensorSpec {
  std::string name;
  std::vector<TensorSource> from = {};  ///< Empty: under our name.
  Shape shape;
  bool required = true;
};

/// The tensors of a model under our names. Views into the checkpoints, which it keeps alive.
class Weights {
 public:
  /// The tensor bound to a spec's name. The name must be in the specs (GLIMPSE_ASSERT) and bound.
  const TensorView& at(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  friend class WeightsBuilder;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::vector<std::shared_ptr<const Checkpoint>> owners_;
};

struct BindOptions {
  /// Tensors of the file that no spec asks for and that are known to be harmless, as full names or prefixes ending in
  /// '*' ("text_model.embeddings.position_ids"). Any other extra tensor is an error.
  std::vector<std::string> ignore;
};

/// Looks every spec up in `overlay` first (a fine-tuned state_dict; may be null), then in `base`.
/// Errors: corruption listing every missing, extra and mis-shaped tensor of both files at once.
Result<Weights> bind(std::span<const TensorSpec> specs, std::shared_ptr<const Checkpoint> base,
                     std::shared_ptr<const Checkpoint> overlay = nullptr, const BindOptions& options = {});

}  // namespace glimpse::checkpoint
