// Values are read one by one with memcpy, as torch's stream form aligns nothing. A dense tensor is one run; any other
// is walked with an odometer over its axes, the innermost axis as one strided run.
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/mapped_checkpoint.h"

namespace glimpse::checkpoint {
namespace {

template <typename T>
T read_at(const std::byte* bytes, std::int64_t index) {
  T value;
  std::memcpy(&value, bytes + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero and subnormal: fraction * 2^-24, exact
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t wide_exponent = exponent == 0x1F ? 0xFFU : exponent + 112;
  return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

struct Half {
  std::uint16_t bits;
  explicit operator float() const { return half_to_float(bits); }
};

struct BFloat16 {
  std::uint16_t bits;
  explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

struct Boolean {
  std::uint8_t byte;
  explicit operator float() const { return byte != 0 ? 1.0F : 0.0F; }
};

template <typename T>
void copy_run(const std::byte* bytes, std::int64_t first, std::int64_t stride, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(read_at<T>(bytes, first + i * stride));
}

// Steps the odometer of all axes but the last. False after the last position.
bool advance(const TensorView& tensor, Shape& position, std::int64_t& first) {
  for (std::size_t axis = tensor.shape.size() - 1; axis-- > 0;) {
    first += tensor.strides[axis];
    if (++position[axis] < tensor.shape[axis]) return true;
    first -= tensor.strides[axis] * tensor.shape[axis];
    position[axis] = 0;
  }
  return false;
}

template <typename T>
std::vector<float> convert(const TensorView& tensor) {
  std::vector<float> out(static_cast<std::size_t>(element_count(tensor.shape)));
  if (out.empty()) return out;
  const std::byte* bytes = tensor.bytes.data();
  if (tensor.strides == dense_strides(tensor.shape)) {
    copy_run<T>(bytes, 0, 1, static_cast<std::int64_t>(out.size()), out.data());
    return out;
  }
  Shape position(tensor.shape.size(), 0);
  std::int64_t first = 0;
  float* row = out.data();
  do {
    copy_run<T>(bytes, first, tensor.strides.back(), tensor.shape.back(), row);
    row += tensor.shape.back();
  } while (advance(tensor, position, first));
  return out;
}

}  // namespace

std::vector<float> to_f32(const TensorView& tensor) {
  GLIMPSE_ASSERT(tensor.strides.size() == tensor.shape.size());
  switch (tensor.dtype) {
    case DType::kBool:
      return convert<Boolean>(tensor);
    case DType::kU8:
      return convert<std::uint8_t>(tensor);
    case DType::kI8:
      return convert<std::int8_t>(tensor);
    case DType::kI16:
      return convert<std::int16_t>(tensor);
    case DType::kI32:
      return convert<std::int32_t>(tensor);
    case DType::kI64:
      return convert<std::int64_t>(tensor);
    case DType::kF16:
      return convert<Half>(tensor);
    case DType::kBf16:
      return convert<BFloat16>(tensor);
    case DType::kF32:
      return convert<float>(tensor);
    case DType::kF64:
      return convert<double>(tensor);
  }
  GLIMPSE_ASSERT(false);
}

}  // namespace glimpse::checkpoint
