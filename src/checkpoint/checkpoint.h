#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::checkpoint {

enum class DType { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBf16, kF32, kF64 };

std::string_view name_of(DType dtype);
std::size_t size_of(DType dtype);

using Shape = std::vector<std::int64_t>;
std::string to_string(const Shape& shape);  ///< "[768, 3, 32, 32]"
std::int64_t element_count(const Shape& shape);

/// One tensor of a file: where its bytes lie. The view lives as long as its Checkpoint.
struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  Shape strides;                     ///< In elements. Row-major and dense unless a torch file says otherwise.
  std::span<const std::byte> bytes;  ///< From the first element; little-endian.
};

/// The tensors of one weights file, mapped and validated, none converted. Immutable and thread-safe.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  /// Sorted by name.
  virtual std::span<const TensorView> tensors() const = 0;
  /// Null when there is none of that name.
  const TensorView* find(std::string_view name) const;
  const std::filesystem::path& path() const { return path_; }

 protected:
  explicit Checkpoint(std::filesystem::path path) : path_(std::move(path)) {}

 private:
  std::filesystem::path path_;
};

/// Opens safetensors, torch's zip (.pt, .pth, .bin) or older stream form, as the content says, or an index (parts.h).
/// A torch file runs nothing: see torch_pickle.h for what is allowed.
/// Errors: not_found; corruption; unsupported (an opcode, class or storage outside the allow-list, named).
Result<std::unique_ptr<Checkpoint>> open(const std::filesystem::path& path);

/// A tensor's values as dense row-major f32, whatever its stored type and strides.
std::vector<float> to_f32(const TensorView& tensor);

/// Writes tensors as safetensors, atomically. metadata: pairs for `__metadata__`.
struct TensorToWrite {
  std::string name;
  Shape shape;
  std::span<const float> values;
  DType dtype = DType::kF32;  ///< Or kF16: each value rounded to the nearest, halves to even. Safetensors only.
};
Result<void> write_safetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                               std::span<const std::pair<std::string, std::string>> metadata = {});

/// Writes tensors as torch.save writes a state_dict (zip form), atomically: torch.load(…, weights_only=True) and
/// transformers read it. Names keep their order. Errors: invalid_argument; unsupported (4 GiB and more); io.
Result<void> write_torch_state_dict(const std::filesystem::path& path, std::span<const TensorToWrite> tensors);

}  // namespace glimpse::checkpoint
